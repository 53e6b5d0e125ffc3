"""The records as FHIR R4 (4.0.1) shows them, and as it writes them."""
