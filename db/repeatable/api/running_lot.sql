create view api.running_lot as
with running as (
    select e.lot, e.reference, e.machine, e.started_at, e.machine_s, e.planned_quantity, e.planned_s, e.input_s,
        e.duration_mean, e.duration_half_width, e.duration_fall_back, e.energy_mean, e.energy_half_width,
        e.energy_fall_back, e.energy_lots, e.version, e.minimum_excess_kwh, e.energy_kwh, e.energy_coverage,
        (
            select count(*) from plant.lot_run as n
            join plant.lot as t using (lot_id) where t.number = e.lot and n.during @> now()
        ) as open_runs
    from analytics.lot_estimate as e
    where e.finished_at is null and e.machine_s is not null
),
setting as (
    select s.value::float8 as minimum_coverage from ops.setting as s where s.name = 'kpi_minimum_coverage'
),
share as (
    -- how much of its energy a lot has used at this point: as golden lots do, else in step with time
    select r.*, x.progress, least(coalesce(g.share, x.progress), 1) as share, g.share is not null as is_golden
    from running as r
    cross join lateral (
        select case when r.duration_mean is not null or r.planned_s is not null then r.machine_s / r.input_s end as progress
    ) as x
    left join lateral (
        select sum(p.median * least(greatest(x.progress * 50 - p.phase + 1, 0), 1)) / nullif(sum(p.median), 0) as share
        from api.golden_profile as p
        where p.reference = r.reference and p.is_newest and p.measure = 'power_kw'
    ) as g on true
),
final as (
    select s.*,
        s.energy_kwh is not null and s.energy_coverage >= m.minimum_coverage as is_measured,
        exp(s.energy_mean) as whole_kwh,
        exp(s.energy_mean - s.energy_half_width) as whole_low_kwh,
        exp(s.energy_mean + s.energy_half_width) as whole_high_kwh
    from share as s
    cross join setting as m
)
select
    f.lot,
    nullif(f.reference, '') as reference,
    nullif(f.machine, '') as machine,
    f.started_at,
    f.machine_s,
    f.progress,
    case when f.progress is not null then f.input_s end as expected_machine_s,
    case when f.progress is not null then
        now() + make_interval(secs => (f.input_s - f.machine_s) / greatest(f.open_runs, 1))
    end as expected_end,
    f.machine_s > coalesce(exp(f.duration_mean + f.duration_half_width), f.planned_s) as is_late,
    f.planned_quantity,
    f.energy_kwh as energy_kwh_so_far,
    f.whole_kwh * f.share as expected_kwh_so_far,
    case when f.is_measured then f.energy_kwh + f.whole_kwh * (1 - f.share) end as expected_final_kwh,
    case when f.is_measured then f.energy_kwh + f.whole_low_kwh * (1 - f.share) end as expected_final_kwh_low,
    case when f.is_measured then f.energy_kwh + f.whole_high_kwh * (1 - f.share) end as expected_final_kwh_high,
    f.whole_kwh as usual_kwh,
    case
        when not f.is_measured then null
        when f.energy_kwh + f.whole_kwh * (1 - f.share) > f.whole_high_kwh
            and f.energy_kwh - f.whole_kwh * f.share >= f.minimum_excess_kwh then 'high'
        when f.whole_high_kwh is not null then 'as expected'
    end as energy_judgement,
    case
        when f.progress is null then null
        when f.duration_mean is null then 'planned cycle of the reference'
        else f.duration_fall_back
    end as duration_fall_back,
    case when f.whole_kwh is not null then f.energy_fall_back end as fall_back,
    case when f.whole_kwh is not null then f.energy_lots end as lots_behind,
    f.version as model_version,
    case
        when f.progress is null then 'how long such a lot takes is not known'
        when f.whole_kwh is null then 'no model of lots, or none that fits it'
        when not f.is_measured then 'its energy so far is not known for all of its time'
    end as reason
from final as f;
comment on view api.running_lot is 'Lots under way: when they should end, and what they will have used by then';
comment on column api.running_lot.lot is 'Lot';
comment on column api.running_lot.reference is 'Product made';
comment on column api.running_lot.machine is 'Machines that run it';
comment on column api.running_lot.started_at is 'Start';
comment on column api.running_lot.machine_s is 'Time on the machine so far, seconds';
comment on column api.running_lot.progress is 'machine_s / expected_machine_s, at most 1';
comment on column api.running_lot.expected_machine_s is 'Time that it will have taken, seconds: what is usual, or what it has taken already';
comment on column api.running_lot.expected_end is 'When it should end; now where it has taken longer than is usual already';
comment on column api.running_lot.is_late is 'True where it has taken longer than the 95 % interval of its time, or where that is not known, than its planned cycle';
comment on column api.running_lot.planned_quantity is 'Units planned: what is made so far does not tell what will be';
comment on column api.running_lot.energy_kwh_so_far is 'Energy so far, kWh';
comment on column api.running_lot.expected_kwh_so_far is 'What is usual up to here, kWh: by the golden profile of its reference, else in step with time';
comment on column api.running_lot.expected_final_kwh is 'Energy so far, and what is usual for the rest, kWh';
comment on column api.running_lot.expected_final_kwh_low is 'With the lower end of the 95 % interval for the rest, kWh';
comment on column api.running_lot.expected_final_kwh_high is 'With the upper end of the 95 % interval for the rest, kWh';
comment on column api.running_lot.usual_kwh is 'What such a lot uses as a rule, kWh';
comment on column api.running_lot.energy_judgement is 'high where it will end above the 95 % interval of such lots, else as expected; NULL where not judged';
comment on column api.running_lot.duration_fall_back is 'What stood in for the reference in the estimate of its time; NULL where it has a term of its own, or there is no estimate';
comment on column api.running_lot.fall_back is 'The same for its energy';
comment on column api.running_lot.lots_behind is 'Lots behind the estimate of its energy';
comment on column api.running_lot.model_version is 'Version of the model of lots';
comment on column api.running_lot.reason is 'Why something is not estimated; NULL where all is';
