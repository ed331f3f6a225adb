create or replace function analytics.lot_minimum_excess()
returns float8
language sql stable security definer
set search_path = pg_catalog, pg_temp
begin atomic
    select nullif(s.value, 'auto')::float8 from ops.setting as s where s.name = 'lot_minimum_excess_kwh';
end;
comment on function analytics.lot_minimum_excess() is
'The setting lot_minimum_excess_kwh; NULL where the job shall work it out from the lots';
