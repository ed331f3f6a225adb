-- One row for each thing that may need a person, whether it does or not: a rule of Grafana asks for one kind, and a
-- thing without a row would be no data. A filter on the kind leaves the others unread.
create view api.alert as
with sensor as (
    select x.sensor, x.line, x.machine, x.is_silent, x.last_seen_at,
        bool_and(x.is_silent) over (partition by x.machine) and count(*) over (partition by x.machine) > 1
        and x.machine is not null as is_machine_silent
    from api.sensor as x
    where x.is_enabled and x.kind <> 'state'
)
select
    'sensor silent' as alert,
    coalesce(s.line, '') as line,
    coalesce(s.machine, '') as machine,
    s.sensor as object,
    -- a machine whose sensors are all silent is one alert, not twenty
    (s.is_silent and not s.is_machine_silent)::int::float8 as firing,
    s.last_seen_at as since
from sensor as s
union all
select 'machine silent', coalesce(s.line, ''), s.machine, s.machine, bool_and(s.is_machine_silent)::int::float8, max(s.last_seen_at)
from sensor as s
where s.machine is not null
group by s.line, s.machine
union all
select 'temperature out of band', coalesce(t.line, ''), coalesce(t.machine, ''), t.sensor,
    (t.judgement in ('below', 'above'))::int::float8, t.last_seen_at
from api.temperature_now as t
where t.band_of is not null
union all
select 'anomaly', coalesce(s.line, ''), coalesce(s.machine, ''), s.sensor, count(e.sensor)::float8, min(e.opened_at)
from sensor as s
left join api.episode as e on e.sensor = s.sensor and e.alert_state = 'alerting'
group by s.line, s.machine, s.sensor
union all
-- lots under way, and those that ended within a day
select 'lot over its energy', '', coalesce(l.machine, ''), l.lot, (l.energy_judgement = 'high')::int::float8, l.started_at
from api.running_lot as l
where l.energy_judgement is not null
union all
select 'lot over its energy', '', coalesce(l.machine, ''), l.lot, l.is_flagged::int::float8, l.finished_at
from api.lot_expectation as l
where l.finished_at > now() - interval '1 day' and l.is_flagged is not null
union all
select 'loader', '', '', h."check", (not h.is_ok)::int::float8, null
from ops.health as h
where h."check" in ('loader', 'room in the quarantine')
union all
select 'quarantine growing', '', '', 'quarantine',
    (coalesce(sum(r.count), 0) > min(s.value::bigint))::int::float8, max(r.hour)
from ops.setting as s
left join ingest.ledger_reason as r
    on r.outcome = 'quarantined' and r.source <> 'replay' and r.hour >= date_trunc('hour', now() - interval '1 hour')
where s.name = 'alert_quarantined'
union all
-- the last day that is settled, as lotwatt verify proves all of them
select 'ledger broken', '', coalesce(b.machine, ''), b.sensor,
    (abs(b.residual) > 1e-6 + 1e-9 * abs(b.advance))::int::float8, w.to_time
from (
    select least(now() - interval '1 hour', (select min(d.from_time) - interval '1 day' from telemetry.dirty as d)) as to_time
) as w
cross join lateral api.meter_balance(w.to_time - interval '1 day', w.to_time) as b
union all
select 'ledger broken', '', '', 'reasons of ' || l.source,
    bool_or(l.quarantined + l.dropped <> coalesce(r.count, 0))::int::float8, max(l.hour)
from ingest.ledger as l
left join lateral (
    select sum(x.count) as count from ingest.ledger_reason as x where x.source = l.source and x.hour = l.hour
) as r on true
where l.hour > now() - interval '2 days'
group by l.source
union all
select 'aggregates stale', '', '', h."check", (not h.is_ok)::int::float8, null
from ops.health as h
where h."check" in ('settling', 'parked ranges', 'aggregates', 'scheduler');
comment on view api.alert is 'What may need a person now: one row for each thing and kind of alert, firing or not';
comment on column api.alert.alert is 'Kind: sensor silent, machine silent, temperature out of band, anomaly, lot over its energy, loader, quarantine growing, ledger broken, aggregates stale';
comment on column api.alert.line is 'Line; empty where there is none';
comment on column api.alert.machine is 'Machine; empty where there is none';
comment on column api.alert.object is 'What it is about: sensor, machine, lot, or the check of api.health';
comment on column api.alert.firing is '0 where all is well; an anomaly counts its open episodes, else 1';
comment on column api.alert.since is 'Last reading of what is silent or out of band, start of an anomaly or of a lot under way, end of a lot; else NULL';
