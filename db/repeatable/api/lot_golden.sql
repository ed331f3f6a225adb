create view api.lot_golden as
select
    t.number as lot,
    f.code as reference,
    m.measure,
    s.score,
    s.share_outside::float8 as share_outside,
    s.first_phase_outside,
    case m.measure when 'power_kw' then r.power_kw[s.first_phase_outside] else r.temperature_c[s.first_phase_outside] end as value_there,
    p.median as golden_there,
    s.phases,
    t.number = any (g.lots) as is_golden,
    g.version as golden_version,
    case
        when t.reference_id is null then 'its reference is not known'
        when g.version is null then 'too few good lots of its reference for a golden profile'
        when r.lot_id is null then 'it has no profile: it is not finished, its readings are gone, or lotwatt jobs golden has not run since'
        when s.phases is null then 'it was not measured'
    end as reason
from plant.lot as t
cross join (values ('temperature_c'), ('power_kw')) as m (measure)
left join plant.reference as f using (reference_id)
left join lateral (
    select n.* from analytics.golden as n where n.reference_id = t.reference_id order by n.version desc limit 1
) as g on true
left join analytics.lot_profile as r on r.lot_id = t.lot_id
left join lateral (
    select
        avg(least(abs(q.z), 10)) as score,
        avg((abs(q.z) > 3)::int) as share_outside,
        min(q.phase) filter (where q.leaves) as first_phase_outside,
        count(*)::int as phases
    from (
        -- one phase outside may be chance: two in a row are not
        select o.*,
            abs(o.z) > 3 and abs(lead(o.z) over w) > 3 and sign(o.z) = sign(lead(o.z) over w)
            and lead(o.phase) over w = o.phase + 1 as leaves
        from (
            select d.phase, (x.value - d.median) / d.spread as z
            from analytics.golden_phase as d
            cross join lateral (
                select case m.measure when 'power_kw' then r.power_kw[d.phase] else r.temperature_c[d.phase] end as value
            ) as x
            where d.reference_id = g.reference_id and d.version = g.version and d.measure = m.measure and x.value is not null
        ) as o
        window w as (order by o.phase)
    ) as q
    having count(*) > 0
) as s on true
left join analytics.golden_phase as p
    on p.reference_id = g.reference_id and p.version = g.version and p.measure = m.measure and p.phase = s.first_phase_outside;
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
