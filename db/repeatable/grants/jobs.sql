-- Jobs that work something out see what readers see and call functions of analytics.
grant usage on schema analytics to lotwatt_jobs;
grant execute on all functions in schema analytics to lotwatt_jobs;
