create function api.out_of_band(p_by text, p_from timestamptz, p_to timestamptz, p_machines text[] default null)
returns table (name text, below_s float8, above_s float8, outside_s float8, measured_s float8, outside_share float8)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
    with hour as (
        select h.lot_id, h.machine_id, sum(h.below_s) as below_s, sum(h.above_s) as above_s, sum(h.measured_s) as measured_s
        from telemetry.temperature_lot_hourly as h
        where h.bucket >= date_bin('1 hour', p_from, 'epoch') and h.bucket < p_to
            and coalesce(h.below_s, h.above_s) is not null
        group by h.lot_id, h.machine_id
    ),
    named as (
        select case p_by when 'machine' then m.code when 'lot' then t.number when 'reference' then f.code end as name,
            coalesce(h.below_s, 0) as below_s, coalesce(h.above_s, 0) as above_s, h.measured_s
        from hour as h
        join plant.machine as m using (machine_id)
        join plant.lot as t using (lot_id)
        left join plant.reference as f on f.reference_id = t.reference_id
        where p_machines is null or m.code = any (p_machines)
    )
    select n.name, sum(n.below_s), sum(n.above_s), sum(n.below_s + n.above_s), sum(n.measured_s),
        sum(n.below_s + n.above_s) / nullif(sum(n.measured_s), 0)
    from named as n
    where n.name is not null
    group by n.name
    order by 4 desc, 1
$$;
comment on function api.out_of_band(text, timestamptz, timestamptz, text[]) is
'How long the process temperature of lots was below and above the band of their reference, by lot, machine or reference: seconds, whole hours of a period, the most first; only lots of references with a band';
