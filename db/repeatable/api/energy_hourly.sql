create view api.energy_hourly as
select
    h.level,
    h.place,
    h.carrier,
    h.time,
    h.energy_kwh,
    h.meters,
    h.coverage
from analytics.energy_hour as h;
comment on view api.energy_hourly is 'Energy of each machine, line and site by hour of plant time, each kWh once, with how much of it was measured';
comment on column api.energy_hourly.level is 'machine, line or site';
comment on column api.energy_hourly.place is 'Code of the machine, line or site';
comment on column api.energy_hourly.carrier is 'Energy carrier, such as electricity or gas';
comment on column api.energy_hourly.time is 'Start of the hour';
comment on column api.energy_hourly.energy_kwh is 'Energy, kWh: the sum of main meters; a lower bound where coverage is below 1, NULL where nothing is known';
comment on column api.energy_hourly.meters is 'Meters that should have measured: enabled, and heard before';
comment on column api.energy_hourly.coverage is 'Measured seconds / (seconds of the hour x meters that should have measured)';
