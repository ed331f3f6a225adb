-- What a meter advanced, worked out a second time and another way: one pass over its readings, as a
-- clerk would do it with a pencil. It shares nothing with telemetry.piece, so that the two can be
-- held against each other.
create or replace function telemetry.meter_advance(p_sensor_id int, p_from timestamptz, p_to timestamptz)
returns table (
    opening float8, closing float8, advance float8, resets float8, rollovers int, spikes int, unknown_s float8
)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    s plant.sensor;
    t timestamptz[];
    v float8[];
    n int;
    i int;
    j int;
    v_good int[] := '{}';
    v_next int;
    d float8;
    v_share float8;
    v_length float8;
    v_first timestamptz;
    v_last timestamptz;
    v_near timestamptz;
    v_ends timestamptz[];
begin
    select x.* into strict s from plant.sensor as x where x.sensor_id = p_sensor_id;
    -- from the eighth reading before the range to the eighth after it. Near by first, between two instants: then only
    -- chunks there are planned for, which takes longer than to read them
    v_near := p_from - interval '2 days';
    v_first := (
        select b.time from telemetry.reading as b
        where b.sensor_id = p_sensor_id and b.time <= p_from and b.time > v_near and not b.is_struck
        order by b.time desc offset 8 limit 1
    );
    if v_first is null then
        v_first := coalesce((
            select b.time from telemetry.reading as b
            where b.sensor_id = p_sensor_id and b.time <= p_from and not b.is_struck
            order by b.time desc offset 8 limit 1
        ), '-infinity');
    end if;
    v_near := p_to + interval '2 days';
    v_last := (
        select a.time from telemetry.reading as a
        where a.sensor_id = p_sensor_id and a.time >= p_to and a.time < v_near and not a.is_struck
        order by a.time offset 8 limit 1
    );
    if v_last is null then
        v_last := coalesce((
            select a.time from telemetry.reading as a
            where a.sensor_id = p_sensor_id and a.time >= p_to and not a.is_struck
            order by a.time offset 8 limit 1
        ), 'infinity');
    end if;
    advance := 0;
    resets := 0;
    rollovers := 0;
    spikes := 0;
    unknown_s := 0;

    if s.kind = 'power' then
        select coalesce(sum(case when x.next_time - x.time <= s.max_gap then (x.d + x.w) / 2 * x.share_s / 3600 end), 0),
            coalesce(sum(x.share_s) filter (where x.next_time - x.time > s.max_gap), 0)
        into advance, unknown_s
        from (
            select p.*, p.value + p.slope * date_part('epoch', greatest(p.time, p_from) - p.time) as d,
                p.value + p.slope * date_part('epoch', least(p.next_time, p_to) - p.time) as w,
                date_part('epoch', least(p.next_time, p_to) - greatest(p.time, p_from)) as share_s
            from (
                select q.*, (q.next_value - q.value) / date_part('epoch', q.next_time - q.time) as slope
                from (
                    select r.time, r.value * s.scale + s.value_offset as value,
                        lead(r.time) over w as next_time, lead(r.value * s.scale + s.value_offset) over w as next_value
                    from telemetry.reading as r
                    where r.sensor_id = p_sensor_id and not r.is_struck and r.time >= v_first and r.time <= v_last
                    window w as (order by r.time)
                ) as q
                where q.next_time > p_from and q.time < p_to
            ) as p
        ) as x;
    end if;
    if s.kind = 'amount' then
        select coalesce(sum(x.value * x.share) filter (where x.is_good), 0),
            coalesce(sum(x.share * x.length_s) filter (where not x.is_good), 0) + coalesce(sum(x.gap_s), 0)
        into advance, unknown_s
        from (
            select g.value, g.length_s, g.value >= 0 and (s.max_rate is null or g.value <= s.max_rate * g.length_s / 3600) as is_good,
                greatest(date_part('epoch', least(g.time, p_to) - greatest(g.since, p_from)), 0) / g.length_s as share,
                case when g.before_time is not null then
                    greatest(date_part('epoch', least(g.since, p_to) - greatest(g.before_time, p_from)), 0) end as gap_s
            from (
                select f.*, date_part('epoch', f.time - f.since) as length_s
                from (
                    select r.time, r.value * s.scale + s.value_offset as value, lag(r.time) over w as before_time,
                        greatest(lag(r.time) over w, r.time - s.max_gap) as since
                    from telemetry.reading as r
                    where r.sensor_id = p_sensor_id and not r.is_struck and r.time >= v_first and r.time <= v_last
                    window w as (order by r.time)
                ) as f
            ) as g
        ) as x;
    end if;
    if s.kind <> 'counter' then
        return next;
        return;
    end if;

    -- a register that only rises, and never too fast, advanced by what lies between its ends: of its readings those
    -- beside both ends are enough. Of any other every reading counts.
    select array[
        max(x.time) filter (where x.time <= p_from), min(x.time) filter (where x.time > p_from),
        max(x.time) filter (where x.time < p_to), min(x.time) filter (where x.time >= p_to)
    ]
    into v_ends
    from (
        select r.time, r.value * s.scale + s.value_offset as value, lag(r.value * s.scale + s.value_offset) over w as before,
            lag(r.time) over w as before_time
        from telemetry.reading as r
        where r.sensor_id = p_sensor_id and not r.is_struck and r.time >= v_first and r.time <= v_last
        window w as (order by r.time)
    ) as x
    having bool_and(
        x.before is null or x.value >= x.before and (
            s.max_rate is null
            or x.value - x.before <= s.max_rate * date_part('epoch', x.time - x.before_time) / 3600
        )
    );
    select array_agg(r.time order by r.time), array_agg(r.value * s.scale + s.value_offset order by r.time)
    into t, v
    from telemetry.reading as r
    where r.sensor_id = p_sensor_id and not r.is_struck and r.time >= v_first and r.time <= v_last
        and (v_ends is null or r.time = any (v_ends));
    n := coalesce(cardinality(t), 0);

    -- a reading that fell and that the next one makes good is left out
    for i in 1..n loop
        if i > 1 and i < n and v[i] < v[i - 1] and v[i + 1] >= v[i - 1] then
            if t[i] >= p_from and t[i] < p_to then
                spikes := spikes + 1;
            end if;
        else
            v_good := v_good || i;
        end if;
    end loop;
    -- so is one that rose too fast and that the next one takes back
    if s.max_rate is not null then
        declare
            v_kept int[] := '{}';
        begin
            for j in 1..cardinality(v_good) loop
                i := v_good[j];
                if j > 1 and j < cardinality(v_good)
                    and v[i] - v[v_good[j - 1]] > s.max_rate * date_part('epoch', t[i] - t[v_good[j - 1]]) / 3600
                    and v[v_good[j + 1]] < v[i] and v[v_good[j + 1]] >= v[v_good[j - 1]] then
                    if t[i] >= p_from and t[i] < p_to then
                        spikes := spikes + 1;
                    end if;
                else
                    v_kept := v_kept || i;
                end if;
            end loop;
            v_good := v_kept;
        end;
    end if;

    for j in 2..coalesce(cardinality(v_good), 0) loop
        i := v_good[j - 1];
        v_next := v_good[j];
        continue when t[v_next] <= p_from;
        exit when t[i] >= p_to;
        v_length := date_part('epoch', t[v_next] - t[i]);
        v_share := date_part('epoch', least(t[v_next], p_to) - greatest(t[i], p_from));
        d := v[v_next] - v[i];
        if d < 0 then
            continue when v_next = n;  -- provisional: the next reading will tell
            if v[i] >= 0.9 * s.rollover_at and v[v_next] <= 0.1 * s.rollover_at then
                d := d + s.rollover_at;
                if t[v_next] > p_from and t[v_next] <= p_to then
                    rollovers := rollovers + 1;
                end if;
            elsif v[v_next] < s.value_offset
                or 10 * (v[v_next] - s.value_offset)
                > (case when s.max_rate is null then 1 else 9 end) * (v[i] - s.value_offset) then
                -- it did not begin again at zero: set back or replaced, nobody knows what it counted
                unknown_s := unknown_s + v_share;
                continue;
            else
                d := v[v_next] - s.value_offset;
                if t[v_next] > p_from and t[v_next] <= p_to then
                    resets := resets + v[i] - s.value_offset;
                end if;
            end if;
        end if;
        if v_ends is null and d > s.max_rate * v_length / 3600 then
            unknown_s := unknown_s + v_share;
            continue;
        end if;
        advance := advance + d * v_share / v_length;
        opening := coalesce(opening, v[i] + case when v[v_next] >= v[i] then d * date_part('epoch', greatest(t[i], p_from) - t[i]) / v_length else 0 end);
        closing := case when v[v_next] >= v[i] then v[i] + d * date_part('epoch', least(t[v_next], p_to) - t[i]) / v_length else v[v_next] end;
    end loop;
    return next;
end
$$;
comment on function telemetry.meter_advance(int, timestamptz, timestamptz) is
'What a meter advanced in a range (unit of the meter, kWh for energy), worked out by one pass over its readings, apart from the slices';
