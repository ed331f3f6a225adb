-- What models of lots are fitted to and what they judge: one view for both, so that the two cannot differ.
create view api.lot_feature as
select
    l.number as lot,
    coalesce(l.reference, '') as reference,
    coalesce(f.family, '') as family,
    coalesce(l.machine, '') as machine,
    l.started_at,
    l.finished_at,
    case when l.quantity > 0 then l.quantity end as quantity,
    case when l.planned_quantity > 0 then l.planned_quantity end as planned_quantity,
    case when l.machine_s > 0 then l.machine_s end as machine_s,
    l.energy_kwh,
    l.energy_coverage,
    coalesce(d.drivers, '{}') as drivers,
    v.verdict,
    w.why_not as why_not_judged,
    coalesce(w.why_not, case v.verdict
        when 'real' then 'its excess was real'
        when 'planned_stop' then 'a planned stop disturbed it'
    end) as why_not_trained
from api.lot as l
join plant.lot as t using (number)
left join plant.reference as f using (reference_id)
left join analytics.lot_verdict as v using (lot_id)
left join lateral (
    select jsonb_object_agg(x.driver, x.value) as drivers
    from api.lot_driver as x where x.lot = l.number and x.value is not null
) as d on true
cross join (select s.value::float8 as minimum_coverage from ops.setting as s where s.name = 'kpi_minimum_coverage') as m
cross join lateral (
    select case
        when l.machine_s is null then 'no run on a machine is known'
        when l.finished_at is null then 'it is not finished'
        when l.machine_s <= 0 then 'its time on the machine is zero'
        when l.energy_kwh is null then 'no energy was measured'
        when l.energy_coverage < m.minimum_coverage or l.energy_is_lower_bound
            then 'its energy is not known for all of its time'
        when l.energy_kwh <= 0 then 'its energy is zero'
    end as why_not
) as w;
comment on view api.lot_feature is 'Lots as the models of lots see them: to learn from and to judge';
comment on column api.lot_feature.lot is 'Lot';
comment on column api.lot_feature.reference is 'Product; empty where nobody said';
comment on column api.lot_feature.family is 'Family of the product; empty where none is declared';
comment on column api.lot_feature.machine is 'Machines that ran it; empty where none did';
comment on column api.lot_feature.started_at is 'Start';
comment on column api.lot_feature.finished_at is 'End; NULL while it is not finished';
comment on column api.lot_feature.quantity is 'Good units; NULL where not known, or none';
comment on column api.lot_feature.planned_quantity is 'Units planned; NULL where nobody said';
comment on column api.lot_feature.machine_s is 'Machine time, seconds; until now for a run that is not over';
comment on column api.lot_feature.energy_kwh is 'Energy, kWh';
comment on column api.lot_feature.energy_coverage is 'As api.lot.energy_coverage';
comment on column api.lot_feature.drivers is 'Drivers by name, of those that are known';
comment on column api.lot_feature.verdict is 'What a person said of it: real, false or planned_stop';
comment on column api.lot_feature.why_not_judged is 'Why it cannot be compared with anything; NULL where it can';
comment on column api.lot_feature.why_not_trained is 'Why no model learns from it; NULL where it does';
