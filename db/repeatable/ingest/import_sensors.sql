-- Files name sensors by their code as well as by their topic.
create or replace function ingest.import_sensors() returns table (code text, topic text)
language sql stable security definer
set search_path = pg_catalog, pg_temp
begin atomic
    select s.code, s.topic from plant.sensor as s;
end;

comment on function ingest.import_sensors is 'Codes and topics of all sensors, for files that name sensors by code';
