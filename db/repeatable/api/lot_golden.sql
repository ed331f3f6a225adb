create view api.lot_golden as
with newest as (
    select distinct on (g.reference_id) g.* from analytics.golden as g order by g.reference_id, g.version desc
),
point as (
    select p.lot_id, g.reference_id, g.version, d.measure, d.phase, x.value, d.median,
        (x.value - d.median) / d.spread as z
    from analytics.lot_profile as p
    join plant.lot as t using (lot_id)
    join newest as g on g.reference_id = t.reference_id
    join analytics.golden_phase as d on d.reference_id = g.reference_id and d.version = g.version
    cross join lateral (
        select case d.measure when 'power_kw' then p.power_kw[d.phase] else p.temperature_c[d.phase] end as value
    ) as x
    where x.value is not null
),
stepped as (
    -- one phase outside may be chance: two in a row are not
    select p.*,
        abs(p.z) > 3 and abs(lead(p.z) over w) > 3 and sign(p.z) = sign(lead(p.z) over w)
        and lead(p.phase) over w = p.phase + 1 as leaves
    from point as p
    window w as (partition by p.lot_id, p.measure order by p.phase)
),
scored as (
    select s.lot_id, s.version, s.measure,
        avg(least(abs(s.z), 10)) as score,
        avg((abs(s.z) > 3)::int) as share_outside,
        min(s.phase) filter (where s.leaves) as first_phase_outside,
        count(*)::int as phases
    from stepped as s
    group by s.lot_id, s.version, s.measure
)
select
    t.number as lot,
    f.code as reference,
    m.measure,
    s.score,
    s.share_outside::float8 as share_outside,
    s.first_phase_outside,
    p.value as value_there,
    p.median as golden_there,
    s.phases,
    t.number = any (g.lots) as is_golden,
    g.version as golden_version,
    case
        when t.reference_id is null then 'its reference is not known'
        when g.version is null then 'too few good lots of its reference for a golden profile'
        when r.lot_id is null then 'it has no profile: it is not finished, its readings are gone, or lotwatt jobs golden has not run since'
        when s.lot_id is null then 'it was not measured'
    end as reason
from plant.lot as t
cross join (values ('temperature_c'), ('power_kw')) as m (measure)
left join plant.reference as f using (reference_id)
left join newest as g on g.reference_id = t.reference_id
left join analytics.lot_profile as r on r.lot_id = t.lot_id
left join scored as s on s.lot_id = t.lot_id and s.measure = m.measure
left join point as p on p.lot_id = t.lot_id and p.measure = m.measure and p.phase = s.first_phase_outside;
comment on view api.lot_golden is 'Each lot against the golden profile of its reference: how far it was, and where it left first';
comment on column api.lot_golden.lot is 'Lot';
comment on column api.lot_golden.reference is 'Product made';
comment on column api.lot_golden.measure is 'temperature_c or power_kw';
comment on column api.lot_golden.score is 'Mean distance from the golden median in spreads, of which none counts more than 10: a golden lot has about 1';
comment on column api.lot_golden.share_outside is 'Share of the phases further away than 3 spreads';
comment on column api.lot_golden.first_phase_outside is 'First of two phases in a row outside, on the same side; NULL where it never left';
comment on column api.lot_golden.value_there is 'Its value in that phase, degrees C or kW';
comment on column api.lot_golden.golden_there is 'The golden median in that phase';
comment on column api.lot_golden.phases is 'Phases that could be compared';
comment on column api.lot_golden.is_golden is 'True for a lot that the golden profile was made of';
comment on column api.lot_golden.golden_version is 'Version of the golden profile';
comment on column api.lot_golden.reason is 'Why there is no score; NULL where there is one';
