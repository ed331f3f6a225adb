-- Limits where a reference has none; again where they came from fewer lots than a baseline should have, when there are
-- so many; or for one reference, from p_from on, where a person decides that a new time has begun.
create or replace function analytics.freeze_limits(p_reference text default null, p_from timestamptz default null)
returns int
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_rows int;
begin
    if p_reference is not null then
        perform plant.reference_named(p_reference);
    end if;
    lock table analytics.control_limit in share row exclusive mode;
    with setting as (
        select
            (select s.value::int from ops.setting as s where s.name = 'control_minimum_lots') as minimum_lots,
            (select s.value::int from ops.setting as s where s.name = 'control_baseline_lots') as baseline_lots
    ),
    place as (
        select v.reference_id, v.figure, v.value, v.finished_at,
            row_number() over (partition by v.reference_id, v.figure order by v.finished_at, v.lot) as nth
        from analytics.control_value as v
        where v.is_normal
            and (p_reference is null or v.reference = p_reference)
            and (p_from is null or v.finished_at >= p_from)
    ),
    baseline as (
        select p.reference_id, p.figure, count(*)::int as lots,
            min(p.finished_at) as from_time, max(p.finished_at) as to_time,
            array_agg(p.value order by p.nth) as figures
        from place as p
        cross join setting as s
        where p.nth <= s.baseline_lots
        group by p.reference_id, p.figure, s.minimum_lots
        having count(*) >= s.minimum_lots
    ),
    last as (
        select distinct on (c.reference_id, c.figure) c.reference_id, c.figure, c.version, c.lots
        from analytics.control_limit as c
        order by c.reference_id, c.figure, c.version desc
    )
    insert into analytics.control_limit (
        reference_id, figure, version, valid_from, baseline_from, baseline_to, lots, center, moving_range, why
    )
    select b.reference_id, b.figure, coalesce(l.version, 0) + 1,
        case
            when l.version is null then '-infinity'
            when p_reference is not null then coalesce(p_from, now())
            else now()
        end,
        b.from_time, b.to_time, b.lots, i.center, i.moving_range,
        case
            when l.version is null then format('first %s lots', b.lots)
            when p_reference is not null then 'a person decided that a new time has begun'
            else format('first %s lots, before only %s', b.lots, l.lots)
        end
    from baseline as b
    cross join setting as s
    cross join lateral api.individuals(b.figures) as i
    left join last as l on l.reference_id = b.reference_id and l.figure = b.figure
    where l.version is null or p_reference is not null or (l.lots < s.baseline_lots and b.lots >= s.baseline_lots);
    get diagnostics v_rows = row_count;
    return v_rows;
end
$$;
comment on function analytics.freeze_limits(text, timestamptz) is
'Freezes limits of control charts where there are none yet, or those of one reference anew from a time on; how many it froze';
