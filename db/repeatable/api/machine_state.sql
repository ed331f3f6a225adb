-- A picture has no more than some 1,000 points in a row, so the period is cut into that many. A point is given for
-- every machine where one of them changes: a drawing of several machines needs each of them at each point.
create function api.machine_state(p_from timestamptz, p_to timestamptz, p_machines text[] default null)
returns table ("time" timestamptz, machine text, state int)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
    with place as (
        select m.machine_id, m.code from plant.machine as m where p_machines is null or m.code = any (p_machines)
    ),
    width as (
        select date_part('epoch', p_to - p_from) / 1000 as step_s where p_to > p_from
    ),
    covered as (
        -- the points that lie in a run: from its start on, but not at its end
        select distinct n.machine_id, g.point
        from plant.lot_run as n
        join place as p using (machine_id)
        cross join width as w
        cross join lateral generate_series(
            greatest(ceil(date_part('epoch', lower(n.during) - p_from) / w.step_s), 0)::int,
            least(ceil(date_part('epoch', least(upper(n.during), p_to, now()) - p_from) / w.step_s), 1000)::int - 1
        ) as g (point)
        where lower(n.during) < p_to and coalesce(upper(n.during), 'infinity') > p_from
    ),
    grid as (
        select p.machine_id, p.code, g.point, (c.point is not null)::int as state
        from place as p
        cross join generate_series(0, 999) as g (point)
        left join covered as c on c.machine_id = p.machine_id and c.point = g.point
    ),
    compared as (
        select g.*, g.state is distinct from lag(g.state) over (partition by g.machine_id order by g.point) as is_change
        from grid as g
    ),
    kept as (
        select c.*, bool_or(c.is_change) over (partition by c.point) as is_kept from compared as c
    )
    select p_from + make_interval(secs => k.point * w.step_s), k.code, k.state
    from kept as k
    cross join width as w
    where k.is_kept
    order by 1, 2
$$;
comment on function api.machine_state(timestamptz, timestamptz, text[]) is
'When machines ran lots, to a thousandth of the period: state 1 in a lot, 0 in none, of every machine at each point where one of them changes, and at the start';
