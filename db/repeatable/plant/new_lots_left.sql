-- How many lots readings may still create within this hour.
create or replace function plant.new_lots_left()
returns int
language sql stable
begin atomic
    select
        greatest(s.value::int - (
            select count(*) from plant.lot as l
            where l.source = 'payload' and l.created_at > now() - interval '1 hour'
        )::int, 0)
    from ops.setting as s
    where s.name = 'new_lots_per_hour';
end;
comment on function plant.new_lots_left() is 'Unknown lots that readings may create now: new_lots_per_hour, less those made';
