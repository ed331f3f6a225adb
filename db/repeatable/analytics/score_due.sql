-- What the scheduler calls in every pass: judges the quarter-hours that have ended since the last time, and again
-- what late data or a verdict changed, with all that hangs on it. Quarter-hours wait until they have ended, and what
-- is rewritten meanwhile is judged once. Call it until it returns false; a call judges at most one day.
create or replace function analytics.score_due()
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
    v_now timestamptz := date_bin('15 minutes', now() - interval '5 minutes', 'epoch');
    v_sensor_ids int[];
    v_from timestamptz;
    v_to timestamptz;
begin
    if not exists (select from analytics.sensor_state) then
        -- nothing has been learned: what a fit needs it works out by itself
        delete from analytics.rewritten;
        return false;
    end if;

    -- what changed before the time that its sensor is judged up to; newer quarter-hours have their turn below
    with taken as (
        delete from analytics.rewritten as r
        where r.from_time < v_now
        returning r.sensor_ids, r.from_time, r.to_time
    ),
    late as (
        select t.sensor_id, min(k.from_time) as from_time, max(k.to_time) + interval '29 days' as until_time
        from taken as k
        cross join lateral unnest(k.sensor_ids) as i (sensor_id)
        join analytics.sensor_state as t using (sensor_id)
        where k.from_time < coalesce(t.scored_to, t.summarised_to) and k.to_time > t.summarised_from
        group by t.sensor_id
    )
    insert into analytics.rescore as r (sensor_id, from_time, until_time)
    select l.sensor_id, greatest(date_bin('1 hour', l.from_time, 'epoch'), t.summarised_from), l.until_time
    from late as l
    join analytics.sensor_state as t using (sensor_id)
    on conflict (sensor_id) do update set
        from_time = least(r.from_time, excluded.from_time), until_time = greatest(r.until_time, excluded.until_time);

    -- day by day, so that the medians of a day see the hours of the days before it as they are now
    select array_agg(r.sensor_id order by r.sensor_id), r.from_time, r.to_time
    into v_sensor_ids, v_from, v_to
    from (
        select x.sensor_id, x.from_time, least(date_bin('1 day', x.from_time, 'epoch') + interval '1 day', t.until) as to_time
        from analytics.rescore as x
        join (
            select sensor_id, coalesce(scored_to, summarised_to) as until from analytics.sensor_state
        ) as t using (sensor_id)
        where x.from_time < t.until
    ) as r
    group by r.from_time, r.to_time
    order by r.from_time limit 1;
    if v_sensor_ids is not null then
        -- medians are of days before: those of the day of the change itself stay
        if v_from = date_bin('1 day', v_from, 'epoch') then
            perform analytics.put_background(v_sensor_ids, v_from, v_to);
        end if;
        perform analytics.score(v_from, v_to, v_sensor_ids);
        update analytics.rescore as r set from_time = v_to where r.sensor_id = any (v_sensor_ids);
        -- 28 days after what changed, and a day, nothing looks back on it
        delete from analytics.rescore as r
        using analytics.sensor_state as t
        where t.sensor_id = r.sensor_id
            and (r.from_time >= r.until_time or r.from_time >= coalesce(t.scored_to, t.summarised_to));
        return true;
    end if;

    select min(coalesce(t.scored_to, t.summarised_to)) into v_from
    from analytics.sensor_state as t
    join plant.sensor as s using (sensor_id)
    where s.is_enabled and coalesce(t.scored_to, t.summarised_to) < v_now;
    if v_from is null then
        return false;
    end if;
    v_to := least(date_bin('1 day', v_from, 'epoch') + interval '1 day', v_now);
    select array_agg(t.sensor_id order by t.sensor_id) into v_sensor_ids
    from analytics.sensor_state as t
    where coalesce(t.scored_to, t.summarised_to) = v_from;
    perform analytics.score(v_from, v_to, v_sensor_ids);
    return v_to < v_now or exists (
        select from analytics.sensor_state as t
        join plant.sensor as s using (sensor_id)
        where s.is_enabled and coalesce(t.scored_to, t.summarised_to) < v_now
    );
end
$$;
comment on function analytics.score_due is
'Judges what has ended or changed since the last call, at most a day of it; true where more is left';
