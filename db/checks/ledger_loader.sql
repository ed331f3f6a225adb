-- check: the ledger has grown by what each loader counted
-- level: fail
-- Both are from one moment, the loader's last sign of life. The ledger may be ahead: what was just committed is
-- not counted yet, and where a connection broke while it committed, the loader does not know of that batch and
-- counts it again when the broker sends it again. So it is never behind, and where the loader rests and nothing
-- broke, it is the same.
select
    l.client_id as loader,
    c.name as outcome,
    c.value::bigint as counted,
    g.grown as in_the_ledger
from ops.loader as l
cross join lateral jsonb_each_text(l.counters) as c (name, value)
cross join lateral (
    select (l.ledger ->> c.name)::bigint - (l.ledger_at_start ->> c.name)::bigint as grown
) as g
where
    l.ledger_at_start is not null
    and c.name in ('messages', 'stored', 'duplicate', 'conflict', 'quarantined', 'dropped')
    and (
        g.grown < c.value::bigint
        or (
            g.grown > c.value::bigint
            and l.is_resting
            and coalesce((l.counters ->> 'in_flight')::bigint, 0) = 0
            and coalesce((l.counters ->> 'database_errors')::bigint, 0) = 0
            and coalesce((l.counters ->> 'broker_errors')::bigint, 0) = 0
        )
    )
order by 1, 2;
