-- Other lots go by phase; here they are laid over the time of one lot, so that a chart over time shows them all.
create function api.lot_beside_others(p_lot text, p_others int default 5)
returns table ("time" timestamptz, lot text, temperature_c float8, power_kw float8)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
    with own as (
        select r.start, (r.finish - r.start) / 50 as phase_length
        from (
            select min(lower(n.during)) as start, max(least(coalesce(upper(n.during), now()), now())) as finish
            from plant.lot as l
            join plant.lot_run as n using (lot_id)
            where l.number = p_lot
        ) as r
        where r.finish > r.start
    ),
    other as (
        select o.number
        from plant.lot as l
        join plant.lot as o on o.reference_id = l.reference_id and o.lot_id <> l.lot_id
        cross join lateral (
            select min(lower(r.during)) as started_at, bool_or(upper_inf(r.during)) or max(upper(r.during)) > now() as is_open
            from plant.lot_run as r where r.lot_id = o.lot_id
        ) as w
        where l.number = p_lot and not w.is_open
            and w.started_at < coalesce((select min(lower(r.during)) from plant.lot_run as r where r.lot_id = l.lot_id), now())
        order by w.started_at desc
        limit p_others
    )
    select w.start + (o.phase - 1) * w.phase_length + w.phase_length / 2, o.lot, o.temperature_c, o.power_kw
    from own as w
    cross join analytics.lot_phase(array(select e.number from other as e), 50) as o
    order by 1, 2
$$;
comment on function api.lot_beside_others(text, int) is
'Temperature and power by 50 phases of the lots of the same reference that were made before a lot (the last 5), laid over the time of that lot';
