-- What was rewritten since the last refresh, merged and widened to hours. Rows stay until their range is
-- refreshed: a scheduler that is killed in between has lost nothing.
create or replace view ops.stale as
with hour as (
    select
        r.stale_id,
        tstzrange(
            date_bin('1 hour', r.from_time, 'epoch'),
            date_bin('1 hour', r.to_time - interval '1 microsecond', 'epoch') + interval '1 hour'
        ) as during
    from ops.stale_range as r
    where r.from_time < r.to_time
),

merged as (
    select unnest(range_agg(h.during)) as during from hour as h
)

select
    lower(m.during) as from_time,
    upper(m.during) as to_time,
    array_agg(h.stale_id) as stale_ids
from merged as m
inner join hour as h on m.during @> h.during
group by m.during;
comment on view ops.stale is 'Ranges of slices that were rewritten since the aggregates were refreshed; ops.forget_stale takes them off';
