create view api.energy_baseline as
select p.level, p.place, b.carrier, b.day, b.version, b.period, b.actual_kwh, b.expected_kwh, b.deviation_kwh, b.enpi, b.coverage,
    b.is_valid, b.is_beyond, b.reason
from (select distinct m.level, m.place from analytics.energy_model as m) as p
cross join lateral api.energy_baseline_days(p.level, p.place, '-infinity', 'infinity') as b;
comment on view api.energy_baseline is 'What each machine, line and site used by day, beside what its energy baseline expects';
comment on column api.energy_baseline.level is 'machine, line or site';
comment on column api.energy_baseline.place is 'Code of the machine, line or site';
comment on column api.energy_baseline.carrier is 'Energy carrier';
comment on column api.energy_baseline.day is 'Day of plant time';
comment on column api.energy_baseline.version is 'Version of the baseline; days before a renewal show under both';
comment on column api.energy_baseline.period is 'baseline (it was fitted to that period) or reporting';
comment on column api.energy_baseline.actual_kwh is 'Energy used, kWh; NULL where the day was not fully measured';
comment on column api.energy_baseline.expected_kwh is 'Energy that the baseline expects for what was made on that kind of day, kWh; NULL where reason says why';
comment on column api.energy_baseline.deviation_kwh is 'actual_kwh - expected_kwh: below zero is saved';
comment on column api.energy_baseline.enpi is 'Energy performance indicator (ISO 50006): actual / expected; below 1 is better than the baseline';
comment on column api.energy_baseline.coverage is 'Share of the day that was measured';
comment on column api.energy_baseline.is_valid is 'True where the baseline meets the conditions of api.energy_model';
comment on column api.energy_baseline.is_beyond is 'True where an input is outside of what the baseline period saw: trust it less';
comment on column api.energy_baseline.reason is 'Why the day cannot be compared; NULL where it can';
