-- E = quantity x seconds per unit x power. Each factor is moved from the norm to the lot in this order, at the others'
-- value so far, so the three steps add up: docs/analytics.md.
create view api.lot_bridge as
select
    l.lot,
    nullif(l.reference, '') as reference,
    l.energy_kwh,
    x.norm_kwh,
    l.energy_kwh - x.norm_kwh as difference_kwh,
    (x.quantity - n.quantity) * n.seconds_per_unit * n.power_kw / 3600 as quantity_kwh,
    (x.machine_s - x.quantity * n.seconds_per_unit) * n.power_kw / 3600 as duration_kwh,
    l.energy_kwh - x.machine_s * n.power_kw / 3600 as intensity_kwh,
    l.quantity,
    n.quantity as norm_quantity,
    l.machine_s,
    n.seconds_per_unit as norm_s_per_unit,
    n.power_kw as norm_power_kw,
    n.lots as norm_lots,
    l.version as model_version,
    case
        when l.why_not_judged is not null then l.why_not_judged
        when l.reference = '' then 'its reference is not known'
        when l.quantity is null then 'its quantity is not known'
        when n.reference is null then 'fewer than 5 lots of its reference to take a norm from'
    end as reason
from analytics.lot_estimate as l
left join analytics.lot_norm as n on n.version = l.version and n.reference = l.reference
cross join lateral (
    select
        case when l.why_not_judged is null then l.quantity end as quantity,
        case when l.why_not_judged is null and l.quantity is not null then l.machine_s end as machine_s,
        case when l.why_not_judged is null and l.quantity is not null
            then n.quantity * n.seconds_per_unit * n.power_kw / 3600 end as norm_kwh
) as x;
comment on view api.lot_bridge is 'From the norm of a reference to what a lot used: the parts of quantity, of time and of power, which add up exactly';
comment on column api.lot_bridge.lot is 'Lot';
comment on column api.lot_bridge.reference is 'Product made';
comment on column api.lot_bridge.energy_kwh is 'Energy that it used, kWh';
comment on column api.lot_bridge.norm_kwh is 'Energy of a lot at the norm of its reference: norm_quantity x norm_s_per_unit x norm_power_kw / 3600';
comment on column api.lot_bridge.difference_kwh is 'energy_kwh - norm_kwh = quantity_kwh + duration_kwh + intensity_kwh';
comment on column api.lot_bridge.quantity_kwh is 'From other units than the norm: (quantity - norm_quantity) x norm_s_per_unit x norm_power_kw / 3600';
comment on column api.lot_bridge.duration_kwh is 'From other time than these units take: (machine_s - quantity x norm_s_per_unit) x norm_power_kw / 3600';
comment on column api.lot_bridge.intensity_kwh is 'From other power than the norm in the time that it took: energy_kwh - machine_s x norm_power_kw / 3600';
comment on column api.lot_bridge.quantity is 'Good units';
comment on column api.lot_bridge.norm_quantity is 'Median units of the lots of this reference';
comment on column api.lot_bridge.machine_s is 'Time on the machine, seconds';
comment on column api.lot_bridge.norm_s_per_unit is 'Median seconds a unit';
comment on column api.lot_bridge.norm_power_kw is 'Median mean power, kW';
comment on column api.lot_bridge.norm_lots is 'Lots behind the norm';
comment on column api.lot_bridge.model_version is 'Version of the model that the norm is of';
comment on column api.lot_bridge.reason is 'Why there is no bridge; NULL where there is one';
