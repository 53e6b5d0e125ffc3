// Drives a referral with fhir-kit-client: refers, accepts, completes, and reads the message back.
import { Client } from "fhir-kit-client";

const { base, referrer, worker, bundle } = JSON.parse(process.argv[2]);
const signedIn = (token) =>
  new Client({ baseUrl: base, customHeaders: { Authorization: `Bearer ${token}` } });
const gp = signedIn(referrer);
const team = signedIn(worker);

const statement = await gp.capabilityStatement();
const answer = await gp.transaction({ body: bundle });
const mine = answer.entry.map((e) => e.resource).find((r) => r.resourceType === "Task");
const listed = await team.search({
  resourceType: "Task",
  searchParams: { status: "requested", _include: "Task:patient" },
});
let task = await team.read({ resourceType: "Task", id: mine.id });
for (const status of ["accepted", "in-progress", "completed"]) {
  const output =
    status === "completed"
      ? {
          output: [
            {
              type: { coding: [{ system: "urn:mobilise:output", code: "message-back" }] },
              valueMarkdown: "All is well.",
            },
          ],
        }
      : {};
  task = await team.update({
    resourceType: "Task",
    id: task.id,
    body: { ...task, status, ...output },
    options: { headers: { "If-Match": `W/"${task.meta.versionId}"` } },
  });
}
const history = await team.history({ resourceType: "Task", id: task.id });
const back = await gp.read({ resourceType: "Task", id: task.id });
console.log(
  JSON.stringify({
    version: statement.fhirVersion,
    listed: listed.total,
    versions: history.total,
    status: back.status,
    message: back.output[0].valueMarkdown,
  }),
);
