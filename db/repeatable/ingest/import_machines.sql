create or replace function ingest.import_machines() returns table (code text, topic text)
language sql stable security definer
set search_path = pg_catalog, pg_temp
begin atomic
    select m.code, m.topic from plant.machine as m where m.topic is not null;
end;

comment on function ingest.import_machines is 'Codes and topics of all machines, for lists of lot events that name machines by code';
