-- check: what was quarantined or dropped has its reasons
-- level: fail
with reason as (
    select
        r.source,
        r.hour,
        sum(r.count) filter (where r.outcome = 'quarantined') as quarantined,
        sum(r.count) filter (where r.outcome = 'dropped') as dropped
    from ingest.ledger_reason as r
    group by r.source, r.hour
)

select
    coalesce(l.source, r.source) as source,
    coalesce(l.hour, r.hour) as hour,
    l.quarantined,
    r.quarantined as quarantined_with_reason,
    l.dropped,
    r.dropped as dropped_with_reason
from ingest.ledger as l
full join reason as r on l.source = r.source and l.hour = r.hour
where
    coalesce(l.quarantined, 0) <> coalesce(r.quarantined, 0)
    or coalesce(l.dropped, 0) <> coalesce(r.dropped, 0)
order by 2, 1;
