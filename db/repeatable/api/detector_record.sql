-- With fewer than 10 verdicts a precision says more about chance than about the detector. Of lots those are looked at
-- that somebody judged: what all others were expected to use is long to work out, and says nothing of precision.
create view api.detector_record as
with lot as (
    select v.verdict
    from (select * from analytics.lot_verdict order by judged_at desc, lot_id limit 100) as v
    join plant.lot as t using (lot_id)
    cross join lateral (
        select x.energy_judgement from api.lot_expectation as x where x.lot = t.number offset 0
    ) as x
    where x.energy_judgement = 'high'
),
record as (
    select d.class, d.kind, d.episodes, d.real_episodes, d.false_episodes, d.planned_stops, d.without_verdict
    from api.detector_precision as d
    union all
    select 'lot', 'energy', null, count(*) filter (where l.verdict = 'real'), count(*) filter (where l.verdict = 'false'),
        count(*) filter (where l.verdict = 'planned_stop'), null
    from lot as l
    having count(*) > 0
)
select
    r.class,
    r.kind,
    r.episodes,
    v.verdicts,
    r.real_episodes,
    r.false_episodes,
    r.planned_stops,
    r.without_verdict,
    case when v.verdicts >= 10 then r.real_episodes::float8 / v.verdicts end as precision,
    v.verdicts >= 10 as is_enough
from record as r
cross join lateral (
    select r.real_episodes + r.false_episodes + r.planned_stops as verdicts
) as v;
comment on view api.detector_record is 'How often each detector was right, where enough people said so';
comment on column api.detector_record.class is 'process or sensor; lot for lots that used more than expected';
comment on column api.detector_record.kind is 'The detector: what showed the episode at its peak; energy of lots';
comment on column api.detector_record.episodes is 'Episodes in all; NULL for lots';
comment on column api.detector_record.verdicts is 'Episodes with a verdict, or the newest 100 lots with one: what the precision stands on';
comment on column api.detector_record.real_episodes is 'Episodes, or lots, that a person called real';
comment on column api.detector_record.false_episodes is 'Episodes, or lots, that a person called false';
comment on column api.detector_record.planned_stops is 'Episodes, or lots, that were a planned stop';
comment on column api.detector_record.without_verdict is 'Episodes that nobody judged yet; NULL for lots';
comment on column api.detector_record.precision is 'Real ones / those with a verdict; NULL where fewer than 10 have one';
comment on column api.detector_record.is_enough is 'True where at least 10 have a verdict';
