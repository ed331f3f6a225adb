-- The time between two readings, cut at quarter-hours and runs: what every figure is made of.
-- Pieces are worked out, never stored. The rules of a piece stand in docs/glossary.md.
-- A counter needs six readings around the range, because a spike shows only by its neighbours.
create or replace function telemetry.piece(
    p_sensor_ids int[], p_from timestamptz[], p_to timestamptz[]
) returns table (
    sensor_id int, bucket timestamptz, run_id int, state "char", machine_id int, lot_id int, reference_id int,
    role plant.sensor_role, span_from timestamptz, span_to timestamptz,
    from_time timestamptz, to_time timestamptz, flags int, measured_s float8, known_s float8,
    amount float8, value_s float8, used_value float8, below_s float8, above_s float8
)
language sql stable
as $$
    with span as materialized (
        select w.sensor_id, w.from_time, w.to_time, coalesce(s.machine_id, 0) as machine_id,
            s.kind, s.role, s.scale, s.value_offset, s.max_gap, s.minimum, s.maximum,
            s.max_rate, s.rollover_at,
            coalesce((
                select r.time from telemetry.reading as r
                where r.sensor_id = w.sensor_id and r.time < w.from_time and not r.is_struck
                order by r.time desc offset case when s.kind = 'counter' then 5 else 0 end limit 1
            ), '-infinity') as first_at,
            coalesce((
                select r.time from telemetry.reading as r
                where r.sensor_id = w.sensor_id and r.time >= w.to_time and not r.is_struck
                order by r.time offset case when s.kind = 'counter' then 5 else 0 end limit 1
            ), 'infinity') as last_at
        from unnest(p_sensor_ids, p_from, p_to) as w (sensor_id, from_time, to_time)
        join plant.sensor as s on s.sensor_id = w.sensor_id
    ),
    raw as materialized (
        select p.sensor_id, p.from_time as window_from, p.machine_id, p.kind, p.max_gap, p.max_rate, p.rollover_at,
            p.value_offset as zero, r.time as t, r.value * p.scale + p.value_offset as v
        from span as p
        cross join lateral (
            select x.time, x.value from telemetry.reading as x
            where x.sensor_id = p.sensor_id and x.time >= p.first_at and x.time <= p.last_at
                and not x.is_struck
            order by x.time
        ) as r
    ),
    -- counters, step 1: a fall that the next reading makes good is a dip
    dip as (
        select *, lead(t) over w as raw_next_t,
            coalesce(v < lag(v) over w and lead(v) over w >= lag(v) over w, false) as is_dip
        from raw where kind = 'counter'
        window w as (partition by sensor_id, window_from order by t)
    ),
    -- step 2: a rise too fast to believe, that the next reading takes back, is a spike
    peak as (
        select *,
            max_rate is not null
            and v - lag(v) over w > max_rate * date_part('epoch', t - lag(t) over w) / 3600
            and lead(v) over w < v and lead(v) over w >= lag(v) over w as is_peak
        from dip where not is_dip
        window w as (partition by sensor_id, window_from order by t)
    ),
    -- step 3: what is left is a register that rises, rolls over, or is reset. A reset begins again near the
    -- register's zero; one that falls elsewhere was set back or replaced, and what it counted is not known
    good as (
        select *, lead(t) over w as t1, lead(v) over w as v1, lead(raw_next_t) over w as next_raw_next_t
        from peak where is_peak is not true
        window w as (partition by sensor_id, window_from order by t)
    ),
    counted as (
        select sensor_id, window_from, machine_id, t as t0, v as v0,
            t1, date_part('epoch', t1 - t) as dt, t1 - t > max_gap as is_gap,
            v1 < v as is_fall, v1 < v and next_raw_next_t is null as is_provisional,
            case
                when v1 >= v then v1 - v
                when v >= 0.9 * rollover_at and v1 <= 0.1 * rollover_at then v1 + rollover_at - v
                when v1 >= zero and 10 * (v1 - zero) <= (v - zero) * case when max_rate is null then 1 else 9 end
                    then v1 - zero
            end as d,
            v1 < v and v >= 0.9 * rollover_at and v1 <= 0.1 * rollover_at as is_rollover,
            max_rate, raw_next_t,
            lag(v) over w as before_v
        from good
        window w as (partition by sensor_id, window_from order by t)
    ),
    line as (
        select sensor_id, window_from, machine_id, kind, t as t0, v as v0, lead(t) over w as t1, lead(v) over w as v1, max_gap
        from raw where kind not in ('counter', 'amount')
        window w as (partition by sensor_id, window_from order by t)
    ),
    -- an amount is of the time since the reading before, at most max_gap back, evenly; below zero it is not known
    given as (
        select *, greatest(before_t, t - max_gap) as t0, t - before_t > max_gap as is_gap,
            date_part('epoch', t - greatest(before_t, t - max_gap)) as dt
        from (
            select *, lag(t) over (partition by sensor_id, window_from order by t) as before_t
            from raw where kind = 'amount'
        ) as r
    ),
    -- one row per reading and the time up to the next: density per hour (or value) at both ends
    interval_ as materialized (
        select sensor_id, window_from, machine_id, t0, v0,
            -- a last reading that fell waits for the next one: it counts for nothing yet
            not coalesce(raw_next_t is null and v0 < before_v, false) as is_used,
            case when d <= coalesce(max_rate * dt / 3600, 'infinity') and not is_provisional then t1 end as t1,
            dt, d / dt * 3600 as p0, d / dt * 3600 as p1, true as is_known, not is_gap as is_measured,
            case when is_provisional then 0
            else coalesce(is_gap::int * case when d <= coalesce(max_rate * dt / 3600, 'infinity') then 17 else 1 end, 0)
                + coalesce(is_rollover, false)::int * 4
                + coalesce(is_fall and is_rollover is not true and d is not null, false)::int * 2
                + coalesce(d > max_rate * dt / 3600, false)::int * 64
                + coalesce(is_fall and d is null, false)::int * 256 end as flags
        from counted
        union all
        select sensor_id, window_from, machine_id, t, v, false, null, 0, 0, 0, false, false, 8 from dip where is_dip
        union all
        select sensor_id, window_from, machine_id, t, v, false, null, 0, 0, 0, false, false, 8 from peak where is_peak
        union all
        select sensor_id, window_from, machine_id, t0, v0, true,
            case when kind = 'state' and t1 is not null then least(t1, t0 + coalesce(max_gap, t1 - t0))
            when t1 - t0 <= max_gap then t1 end,
            date_part('epoch', t1 - t0), v0, case when kind = 'state' then v0 else v1 end, true, true,
            coalesce((t1 - t0 > max_gap)::int, 0)
        from line
        union all
        select sensor_id, window_from, machine_id, t0, v, true,
            case when v >= 0 and v <= coalesce(max_rate * dt / 3600, 'infinity') then t end,
            dt, v / dt * 3600, v / dt * 3600, true, true,
            coalesce(is_gap::int, 0) + (v < 0)::int * 256 + coalesce(v > max_rate * dt / 3600, false)::int * 64
        from given
    ),
    quarter as (
        select i.*, date_bin('15 minutes', i.t0, 'epoch') as bucket
        from interval_ as i
        where i.t1 is null or i.t1 <= date_bin('15 minutes', i.t0, 'epoch') + interval '15 minutes'
        union all
        select i.*, q.bucket
        from interval_ as i
        join span as p on p.sensor_id = i.sensor_id and p.from_time = i.window_from
        cross join lateral generate_series(
            greatest(date_bin('15 minutes', i.t0, 'epoch'), p.from_time),
            least(i.t1, p.to_time) - interval '1 microsecond', interval '15 minutes'
        ) as q (bucket)
        where i.t1 > date_bin('15 minutes', i.t0, 'epoch') + interval '15 minutes'
    ),
    segment as materialized (
        select g.*
        from (
            select array_agg(machine_id) as machine_ids, array_agg(from_time) as from_times,
                array_agg(to_time) as to_times
            from span
        ) as m
        cross join lateral telemetry.segment(m.machine_ids, m.from_times, m.to_times) as g
    ),
    cut as (
        select q.*, p.role, p.kind, p.minimum, p.maximum,
            g.run_id, g.state, g.lot_id, g.reference_id, g.from_time as span_from, g.to_time as span_to,
            case when p.role = 'process_temperature' then g.minimum_c end as band_low,
            case when p.role = 'process_temperature' then g.maximum_c end as band_high,
            greatest(q.t0, g.from_time) as a,
            least(coalesce(q.t1, q.t0), g.to_time) as z,
            q.t0 >= g.from_time as starts_here
        from quarter as q
        join span as p on p.sensor_id = q.sensor_id and p.from_time = q.window_from
        join segment as g on g.machine_id = q.machine_id and g.bucket = q.bucket
            and q.t0 < g.to_time and (q.t1 > g.from_time or q.t0 >= g.from_time)
        where q.bucket >= p.from_time and q.bucket < p.to_time
    ),
    ends as (
        select *,
            date_part('epoch', z - a) as s,
            p0 + (p1 - p0) * date_part('epoch', a - t0) / nullif(dt, 0) as pa,
            p0 + (p1 - p0) * date_part('epoch', z - t0) / nullif(dt, 0) as pz
        from cut
    )
    select sensor_id, bucket, run_id, state, nullif(machine_id, 0), lot_id, reference_id, role, span_from, span_to,
        a, z,
        flags | case when starts_here and is_used and (v0 < minimum or v0 > maximum) then 128 else 0 end,
        case when is_measured and t1 is not null then s else 0 end,
        case when is_known and t1 is not null then s else 0 end,
        case when kind in ('counter', 'amount', 'power') and t1 is not null then (pa + pz) / 2 * s / 3600 end,
        case when kind in ('gauge', 'state', 'power') and t1 is not null then (pa + pz) / 2 * s end,
        case when starts_here and is_used then v0 end,
        case when t1 is null or band_low is null then null
        when pa >= band_low and pz >= band_low then 0
        when pa <= band_low and pz <= band_low then case when pa = pz and pa = band_low then 0 else s end
        else s * (band_low - least(pa, pz)) / abs(pz - pa) end,
        case when t1 is null or band_high is null then null
        when pa <= band_high and pz <= band_high then 0
        when pa >= band_high and pz >= band_high then case when pa = pz and pa = band_high then 0 else s end
        else s * (greatest(pa, pz) - band_high) / abs(pz - pa) end
    from ends
$$;
comment on function telemetry.piece(int[], timestamptz[], timestamptz[]) is
'Pieces of sensors over quarter-hour-aligned ranges: seconds, amount (kWh or units) and value x seconds of each stretch between two readings, within one run';
