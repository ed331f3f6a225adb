create function api.lot_distribution(p_reference text, p_from timestamptz, p_to timestamptz)
returns table (bin int, from_kwh_per_unit float8, to_kwh_per_unit float8, label text, lots bigint)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    with value as (
        select l.energy_kwh_per_unit as x
        from api.lot as l
        where l.reference = p_reference and l.finished_at >= p_from and l.finished_at < p_to
            and l.energy_kwh_per_unit is not null
    ),
    reach as (
        select min(x) as low, max(x) as high, count(*) as lots,
            greatest(1, least(20, ceil(sqrt(count(*)))))::int as bins
        from value
    ),
    edge as (
        select b.bin, r.low + (r.high - r.low) * (b.bin - 1) / r.bins as begin, r.low + (r.high - r.low) * b.bin / r.bins as finish, r.bins
        from reach as r
        cross join lateral generate_series(1, case when r.high > r.low then r.bins else 1 end) as b (bin)
        where r.lots > 0
    )
    select e.bin, e.begin, e.finish, to_char(e.begin, 'FM999990.0000'),
        (select count(*) from value as v where v.x >= e.begin and (v.x < e.finish or e.bin = (select max(f.bin) from edge as f)))
    from edge as e
    order by e.bin
$$;
comment on function api.lot_distribution(text, timestamptz, timestamptz) is
'How energy per unit is spread over the lots of a reference that finished in a period: bins of equal width, as many as the root of the number of lots (20 at most); label is the lower end, kWh per unit. No row where no lot was measured well enough';
