-- What everybody may do by default, and nobody needs here. Roles get back what they need in the files after this one.
-- Grafana lets any viewer send any SQL, so grants are the only boundary.
revoke all on all functions in schema plant, telemetry, ingest, ops, analytics, api from public;
revoke all on all procedures in schema plant, telemetry, ingest, ops, analytics, api from public;
