-- The reader (Grafana, analysts) sees api and nothing else.
grant usage on schema api to lotwatt_reader;
grant select on all tables in schema api to lotwatt_reader;
grant execute on all functions in schema api to lotwatt_reader;
