-- Writes one episode over the one that was there, or as a new one; its id comes back. Energy at stake is what the
-- sensor showed above what was expected, over the quarter-hours in which its level was not usual.
create or replace function analytics.put_episode(p_new analytics.episode, p_merge interval, p_taken bigint[])
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_episode_id bigint;
begin
    select sum((d.actual - d.expected) / 4) into p_new.energy_kwh
    from analytics.deviation as d
    join plant.sensor as s using (sensor_id)
    where d.sensor_id = p_new.sensor_id and d.class = p_new.class and d.kind = 'level'
        and d.time >= p_new.opened_at and d.time <= p_new.last_at
        and s.quantity = 'energy' and s.kind in ('power', 'counter');
    select e.episode_id into v_episode_id
    from analytics.episode as e
    where e.sensor_id = p_new.sensor_id and e.class = p_new.class
        and (p_new.class = 'process' or e.kind = p_new.kind)
        and e.opened_at <= p_new.last_at + p_merge and e.last_at >= p_new.opened_at - p_merge
        and not (e.episode_id = any (p_taken))
    order by e.verdict is null, e.opened_at limit 1;
    if v_episode_id is null then
        insert into analytics.episode (
            sensor_id, class, kind, regime, opened_at, last_at, closed_at, peak_at, score, actual, expected,
            usual_limit, baseline_id, energy_kwh, alerted_at, alerted_score
        ) values (
            p_new.sensor_id, p_new.class, p_new.kind, p_new.regime, p_new.opened_at, p_new.last_at, p_new.closed_at,
            p_new.peak_at, p_new.score, p_new.actual, p_new.expected, p_new.usual_limit, p_new.baseline_id,
            p_new.energy_kwh, p_new.alerted_at, p_new.alerted_score
        ) returning episode_id into v_episode_id;
        return v_episode_id;
    end if;
    update analytics.episode as e set
        kind = p_new.kind, regime = p_new.regime, opened_at = p_new.opened_at, last_at = p_new.last_at,
        closed_at = p_new.closed_at, peak_at = p_new.peak_at, score = p_new.score, actual = p_new.actual,
        expected = p_new.expected, usual_limit = p_new.usual_limit, baseline_id = p_new.baseline_id,
        energy_kwh = p_new.energy_kwh, alerted_at = p_new.alerted_at, alerted_score = p_new.alerted_score,
        changed_at = clock_timestamp()
    where e.episode_id = v_episode_id
        and (e.kind, e.regime, e.opened_at, e.last_at, e.closed_at, e.peak_at, e.score, e.actual, e.expected,
            e.usual_limit, e.baseline_id, e.energy_kwh, e.alerted_at)
        is distinct from (p_new.kind, p_new.regime, p_new.opened_at, p_new.last_at, p_new.closed_at, p_new.peak_at,
            p_new.score, p_new.actual, p_new.expected, p_new.usual_limit, p_new.baseline_id, p_new.energy_kwh, p_new.alerted_at);
    return v_episode_id;
end
$$;
comment on function analytics.put_episode is 'Writes one episode over the one that it continues, or as a new one; returns its id';
