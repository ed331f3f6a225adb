-- What the commands ask of the database. Named statements; see db/statements.py.

-- name: plant_apply
select object, name, action, old_value, new_value
from plant.apply(%(plant)s::jsonb, %(dry_run)s::boolean);

-- name: sensor_adopt
select name, new_value
from plant.adopt_sensor(
    %(topic)s::text, %(machine)s::text, %(role)s::text, %(unit)s::text,
    %(kind)s::text, %(quantity)s::text, %(scale)s::float8, %(code)s::text
);

-- name: sensor_replay
select * from ingest.replay_held(%(topic)s::text);

-- name: lots
select
    l.number, l.reference, l.machine, l.started_at, l.finished_at, l.duration_s, l.quantity, l.scrap_quantity,
    l.energy_kwh, l.energy_kwh_low, l.energy_kwh_high, l.energy_kwh_per_unit, l.energy_coverage,
    l.temperature_c_mean, l.temperature_c_min, l.temperature_c_max, l.temperature_coverage
from (
    select x.*
    from api.lot as x
    where
        (%(reference)s::text is null or x.reference = %(reference)s)
        and (
            %(machine)s::text is null
            or exists (select 1 from api.run as r where r.lot = x.number and r.machine = %(machine)s)
        )
        and (%(from)s::timestamptz is null or x.started_at >= %(from)s)
        and (%(to)s::timestamptz is null or x.started_at < %(to)s)
    order by x.started_at desc nulls last, x.number desc
    limit %(limit)s::bigint
) as l
order by l.started_at nulls first, l.number;

-- name: references
select r.*
from api.reference as r
where %(reference)s::text is null or r.reference = %(reference)s
order by r.reference
limit %(limit)s::bigint;

-- name: sensors
select s.*
from api.sensor as s
where %(machine)s::text is null or s.machine = %(machine)s
order by s.site, s.line, s.machine, s.sensor
limit %(limit)s::bigint;

-- name: lot
select l.* from api.lot as l where l.number = %(number)s::text;

-- name: lot_runs
select
    r.run, r.machine, r.operator, r.source, r.started_at, r.finished_at, r.duration_s,
    r.energy_kwh, r.energy_coverage, r.temperature_c_mean, r.temperature_c_min, r.temperature_c_max
from api.run as r
where r.lot = %(number)s::text
order by r.started_at;

-- name: lot_balance
-- Over the whole quarter-hours from its first run to its last, so other lots may share them.
with span as (
    select
        date_bin('15 minutes', min(r.started_at), 'epoch') as from_time,
        date_bin('15 minutes', max(coalesce(r.finished_at, now())) + interval '15 minutes' - interval '1 microsecond', 'epoch') as to_time
    from api.run as r
    where r.lot = %(number)s::text
)

select
    b.sensor, b.machine, b.unit, b.opening, b.closing, b.advance, b.lots, b.idle, b.unattributed, b.residual
from span
cross join lateral api.meter_balance(span.from_time, span.to_time) as b
where b.machine in (select r.machine from api.run as r where r.lot = %(number)s::text)
order by b.machine, b.sensor;

-- name: lot_changes
select c.time, c.figure, c.old_value, c.new_value, c.cause
from api.lot_change as c
where c.lot = %(number)s::text
order by c.time;

-- name: lot_conflicts
select c.conflict, c.time, c.machine, c.detail
from api.conflict as c
where c.lot = %(number)s::text
order by c.time;

-- name: lot_expectation
select
    e.expected_kwh, e.expected_kwh_low, e.expected_kwh_high, e.excess_kwh, e.excess_percent, e.energy_judgement,
    e.expected_machine_s, e.expected_machine_s_low, e.expected_machine_s_high, e.duration_judgement, e.is_flagged,
    e.fall_back, e.lots_behind, e.inputs, e.is_beyond, e.duration_fall_back, e.model_version, e.verdict, e.reason
from api.lot_expectation as e
where e.lot = %(number)s::text;

-- name: lot_running
select
    r.progress, r.expected_machine_s, r.expected_end, r.is_late, r.expected_kwh_so_far, r.expected_final_kwh,
    r.expected_final_kwh_low, r.expected_final_kwh_high, r.energy_judgement, r.fall_back, r.duration_fall_back,
    r.model_version, r.reason
from api.running_lot as r
where r.lot = %(number)s::text;

-- name: lot_bridge
select b.norm_kwh, b.quantity_kwh, b.duration_kwh, b.intensity_kwh, b.energy_kwh, b.norm_lots, b.reason
from api.lot_bridge as b
where b.lot = %(number)s::text;

-- name: lot_drivers
select d.driver, d.value, d.statistic, d.coverage
from api.lot_driver as d
where d.lot = %(number)s::text
order by d.driver;

-- name: lot_control
select c.figure, c.value, c.center, c.lower_limit, c.upper_limit, c.rules, c.baseline_lots, c.reason
from api.control_chart as c
where c.lot = %(number)s::text
order by c.figure;

-- name: lot_golden
select
    g.measure, g.score, g.share_outside, g.first_phase_outside, g.value_there, g.golden_there, g.is_golden, g.reason
from api.lot_golden as g
where g.lot = %(number)s::text
order by g.measure;

-- name: judge_lot
select analytics.judge_lot(%(number)s::text, %(verdict)s::text, %(note)s::text);

-- name: run_assign
select plant.assign_run(
    %(machine)s::text, %(lot)s::text, %(from)s::timestamptz, %(to)s::timestamptz,
    %(operator)s::text, %(source)s::text, %(reason)s::text
);

-- name: run_move
select plant.move_run(%(run)s::int, %(lot)s::text, %(reason)s::text);

-- name: run_close
select plant.close_run(%(run)s::int, %(at)s::timestamptz, %(reason)s::text);

-- name: reading_correct
select telemetry.correct_reading(
    %(sensor)s::text, %(time)s::timestamptz, %(value)s::float8, %(source)s::text, %(reason)s::text
);

-- name: reading_strike
select telemetry.strike_reading(%(sensor)s::text, %(time)s::timestamptz, %(source)s::text, %(reason)s::text);

-- name: retry_parked
select ops.retry_parked();

-- name: health
select h.check, h.is_ok, h.said, h.hint from ops.health as h order by h.place;

-- name: mappings
select
    m.name, m.priority, m.topic_filter, m.is_enabled, m.is_ignored, m.format, m.sensor_topic, m.note,
    e.error, e.found_at
from ingest.mapping as m
left join ingest.mapping_error as e on e.mapping_id = m.mapping_id
order by m.priority, m.name;

-- name: enabled_mappings
select m.entry from ingest.mappings() as m;

-- name: note_mapping_errors
select ingest.note_mapping_errors(%(name)s::text[], %(error)s::text[]);

-- name: quarantine
select q.*
from api.quarantine as q
where
    (%(ids)s::bigint[] is null or q.id = any (%(ids)s))
    and (%(reason)s::text is null or q.reason = %(reason)s)
    and (
        %(topic)s::text is null or q.topic = %(topic)s
        or (right(%(topic)s, 1) = '#' and starts_with(q.topic, left(%(topic)s, -1)))
    )
    and (%(since)s::timestamptz is null or q.last_at >= %(since)s)
order by q.last_at desc, q.id desc
limit %(limit)s::bigint;

-- name: quarantine_forget
select ingest.forget_quarantine(%(ids)s::bigint[]);

-- name: forget
select f.quarantined from ingest.forget() as f;

-- name: set_login
select ops.set_login(%(name)s::text, %(member)s::text, %(verifier)s::text);

-- name: anomalies
select a.*
from (
    select x.*
    from api.anomaly as x
    where
        (%(sensor)s::text is null or x.sensor = %(sensor)s)
        and (%(machine)s::text is null or x.machine = %(machine)s)
        and (not %(open)s::boolean or x.is_open)
        and (%(from)s::timestamptz is null or x.opened_at >= %(from)s)
        and (%(to)s::timestamptz is null or x.opened_at < %(to)s)
    order by x.opened_at desc, x.anomaly desc
    limit %(limit)s::bigint
) as a
order by a.opened_at, a.anomaly;

-- name: anomaly_verdict
select analytics.give_verdict(%(anomaly)s::bigint, %(verdict)s::text, %(reason)s::text);

-- name: anomaly_stop
select analytics.stop_machine(%(machine)s::text, %(from)s::timestamptz, %(to)s::timestamptz, %(reason)s::text);

-- name: minimum_deviation
select analytics.set_minimum_deviation(%(sensor)s::text, %(deviation)s::float8);

-- name: forecast_places
select r.*
from api.forecast_run as r
where r.is_newest and r.carrier = %(carrier)s::text
    and (%(level)s::text is null or (r.level = %(level)s and r.place = %(place)s::text))
order by array_position(array['site', 'line', 'machine'], r.level), r.place

-- name: forecast_hours
select f.*
from api.forecast as f
where f.is_newest and f.level = %(level)s::text and f.place = %(place)s::text and f.carrier = %(carrier)s::text
order by f.time
