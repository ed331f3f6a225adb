create function api.lot_profile(p_lot text, p_phases int default 50)
returns table (phase int, from_time timestamptz, to_time timestamptz, temperature_c float8, power_kw float8)
language sql stable security definer
set search_path = pg_catalog, pg_temp
begin atomic
    select p.phase, p.from_time, p.to_time, p.temperature_c, p.power_kw
    from analytics.lot_phase(array[p_lot], p_phases) as p
    order by p.phase;
end;
comment on function api.lot_profile(text, int) is
'Temperature and power of a lot by phase, from its readings; phase 1 of 50 is its first 2 percent. A lot under way counts until now';
