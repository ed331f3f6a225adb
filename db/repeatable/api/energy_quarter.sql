create view api.energy_quarter as
select
    x.time,
    coalesce(m.code, si.code) as place,
    m.code as machine,
    s.code as sensor,
    case x.state when 'l' then 'lot' when 'i' then 'idle' else 'unattributed' end as state,
    t.number as lot,
    f.code as reference,
    x.amount as energy_kwh,
    x.amount / nullif(x.known_s, 0) * 3600 as power_kw,
    x.measured_s
from telemetry.slice as x
join plant.sensor as s using (sensor_id)
join plant.site as si using (site_id)
left join plant.machine as m on m.machine_id = x.machine_id
left join plant.lot as t on t.lot_id = x.lot_id
left join plant.reference as f on f.reference_id = x.reference_id
where s.quantity = 'energy';
comment on view api.energy_quarter is 'Energy of each meter by quarter-hour and state: in a lot, idle, unattributed';
comment on column api.energy_quarter.time is 'Start of the quarter-hour';
comment on column api.energy_quarter.place is 'Machine, or the site for a meter of the site';
comment on column api.energy_quarter.machine is 'Machine';
comment on column api.energy_quarter.sensor is 'Meter';
comment on column api.energy_quarter.state is 'lot, idle (between two runs or inside a shift) or unattributed';
comment on column api.energy_quarter.lot is 'Lot, where state is lot';
comment on column api.energy_quarter.reference is 'Product of the lot';
comment on column api.energy_quarter.energy_kwh is 'Energy, kWh; NULL where not known';
comment on column api.energy_quarter.power_kw is 'Mean power of the known time, kW';
comment on column api.energy_quarter.measured_s is 'Seconds really measured';
