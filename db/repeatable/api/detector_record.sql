-- With fewer than 10 verdicts a precision says more about chance than about the detector.
create view api.detector_record as
select
    d.class,
    d.kind,
    d.episodes,
    v.verdicts,
    d.real_episodes,
    d.false_episodes,
    d.planned_stops,
    d.without_verdict,
    case when v.verdicts >= 10 then d.precision end as precision,
    v.verdicts >= 10 as is_enough
from api.detector_precision as d
cross join lateral (
    select d.real_episodes + d.false_episodes + d.planned_stops as verdicts
) as v;
comment on view api.detector_record is 'How often each detector was right, where enough people said so';
comment on column api.detector_record.class is 'process or sensor';
comment on column api.detector_record.kind is 'The detector: what showed the episode at its peak';
comment on column api.detector_record.episodes is 'Episodes in all';
comment on column api.detector_record.verdicts is 'Episodes with a verdict: what the precision stands on';
comment on column api.detector_record.real_episodes is 'Episodes that a person called real';
comment on column api.detector_record.false_episodes is 'Episodes that a person called false';
comment on column api.detector_record.planned_stops is 'Episodes that were a planned stop';
comment on column api.detector_record.without_verdict is 'Episodes that nobody judged yet';
comment on column api.detector_record.precision is 'Real ones / those with a verdict; NULL where fewer than 10 have one';
comment on column api.detector_record.is_enough is 'True where at least 10 have a verdict';
