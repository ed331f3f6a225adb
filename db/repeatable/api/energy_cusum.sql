create view api.energy_cusum as
select
    p.level,
    p.place,
    b.carrier,
    b.day,
    b.version,
    b.deviation_kwh,
    sum(b.deviation_kwh) over w as cusum_kwh,
    count(*) over w as days,
    b.is_valid
from (
    select m.level, m.place, min(m.baseline_to) + 1 as first_day from analytics.energy_model as m group by m.level, m.place
) as p
cross join lateral api.energy_baseline_days(p.level, p.place, p.first_day, 'infinity') as b
where b.period = 'reporting' and b.deviation_kwh is not null
window w as (partition by p.level, p.place, b.carrier, b.version order by b.day);
comment on view api.energy_cusum is 'Cumulative sum of actual - expected energy since the end of the baseline period: a bend shows when something changed';
comment on column api.energy_cusum.level is 'machine, line or site';
comment on column api.energy_cusum.place is 'Code of the machine, line or site';
comment on column api.energy_cusum.carrier is 'Energy carrier';
comment on column api.energy_cusum.day is 'Day of plant time; days that cannot be compared are left out';
comment on column api.energy_cusum.version is 'Version of the baseline';
comment on column api.energy_cusum.deviation_kwh is 'Actual - expected of the day, kWh';
comment on column api.energy_cusum.cusum_kwh is 'Sum of these up to the day, kWh: falling where energy is saved';
comment on column api.energy_cusum.days is 'Days that it adds up';
comment on column api.energy_cusum.is_valid is 'True where the baseline meets the conditions of api.energy_model';
