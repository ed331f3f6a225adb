-- What the tests of quarantine, ledger and devices look at.

-- name: device_status
select topic, time, is_online, is_contradicted from ingest.device_status order by topic, time

-- name: devices
select topic, is_known from ingest.device order by topic

-- name: clear_devices
delete from ingest.device

-- name: age_devices
update ingest.device set last_at = now() - interval '31 days'

-- name: forget
select quarantined, statuses, devices from ingest.forget()

-- name: reasons
select source, outcome, reason, sum(count)::int from ingest.ledger_reason group by 1, 2, 3 order by 1, 2, 3

-- name: replay_status
select stored from ingest.replay_status(array[%(topic)s], array[true], array[%(time)s::timestamptz], array[now()])
