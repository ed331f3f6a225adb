create or replace function analytics.regime_name(p_regime int)
returns text
language sql stable security definer
set search_path = pg_catalog, pg_temp
begin atomic
    select case p_regime when 0 then 'none' when -1 then 'idle' when -2 then 'lot without reference'
    else (select r.code from plant.reference as r where r.reference_id = p_regime) end;
end;
comment on function analytics.regime_name is 'A regime for people: the code of its reference, none, idle, or lot without reference';
