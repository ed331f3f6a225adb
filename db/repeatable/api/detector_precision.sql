create view api.detector_precision as
select
    e.class,
    e.kind,
    count(*) as episodes,
    count(*) filter (where e.verdict = 'real') as real_episodes,
    count(*) filter (where e.verdict = 'false') as false_episodes,
    count(*) filter (where e.verdict = 'planned-stop') as planned_stops,
    count(*) filter (where e.verdict is null) as without_verdict,
    count(*) filter (where e.verdict = 'real')::float8
    / nullif(count(*) filter (where e.verdict is not null), 0) as precision
from analytics.episode as e
group by e.class, e.kind;
comment on view api.detector_precision is 'How often each detector was right, as far as people said';
comment on column api.detector_precision.class is 'process or sensor';
comment on column api.detector_precision.kind is 'The detector: what showed the episode at its peak';
comment on column api.detector_precision.episodes is 'Episodes in all';
comment on column api.detector_precision.real_episodes is 'Episodes that a person called real';
comment on column api.detector_precision.false_episodes is 'Episodes that a person called false';
comment on column api.detector_precision.planned_stops is 'Episodes that were a planned stop';
comment on column api.detector_precision.without_verdict is 'Episodes that nobody judged yet';
comment on column api.detector_precision.precision is 'Real ones / those with a verdict; NULL where nobody gave one';
