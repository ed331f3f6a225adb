create view api.lot_expectation as
select
    l.lot,
    nullif(l.reference, '') as reference,
    nullif(l.machine, '') as machine,
    l.finished_at,
    l.energy_kwh,
    x.expected_kwh,
    x.low_kwh as expected_kwh_low,
    x.high_kwh as expected_kwh_high,
    l.energy_kwh - x.expected_kwh as excess_kwh,
    100 * (l.energy_kwh / x.expected_kwh - 1) as excess_percent,
    case
        when l.energy_kwh > x.high_kwh and l.energy_kwh - x.expected_kwh >= l.minimum_excess_kwh then 'high'
        when l.energy_kwh < x.low_kwh and x.expected_kwh - l.energy_kwh >= l.minimum_excess_kwh then 'low'
        when x.high_kwh is not null then 'as expected'
    end as energy_judgement,
    l.machine_s,
    x.expected_s as expected_machine_s,
    x.low_s as expected_machine_s_low,
    x.high_s as expected_machine_s_high,
    case
        when l.machine_s > x.high_s then 'high'
        when l.machine_s < x.low_s then 'low'
        when x.high_s is not null then 'as expected'
    end as duration_judgement,
    coalesce(
        l.energy_kwh > x.high_kwh and l.energy_kwh - x.expected_kwh >= l.minimum_excess_kwh
        and coalesce(l.verdict, 'real') = 'real' and l.is_firm, false
    ) as is_flagged,
    case when x.expected_kwh is not null then l.energy_fall_back end as fall_back,
    case when x.expected_kwh is not null then l.energy_lots end as lots_behind,
    case when x.expected_kwh is not null then u.inputs end as inputs,
    case when x.expected_kwh is not null then l.is_beyond end as is_beyond,
    case when x.expected_s is not null then l.duration_fall_back end as duration_fall_back,
    case when x.expected_s is not null then l.duration_lots end as duration_lots_behind,
    l.version as model_version,
    l.verdict,
    coalesce(
        l.why_not_judged,
        case
            when l.version is null then coalesce(
                (select m.reason from analytics.lot_model as m order by m.version desc limit 1),
                'no model of lots yet: lotwatt jobs lots makes one'
            )
            when l.energy_mean is null then 'no lot that the model learned from is like it'
            when l.energy_half_width is null then 'how far lots like it spread is not known: expected, and not judged'
        end
    ) as reason
from analytics.lot_estimate as l
cross join lateral (
    select
        case when l.why_not_judged is null then exp(l.energy_mean) end as expected_kwh,
        case when l.why_not_judged is null then exp(l.energy_mean - l.energy_half_width) end as low_kwh,
        case when l.why_not_judged is null then exp(l.energy_mean + l.energy_half_width) end as high_kwh,
        case when l.finished_at is not null then exp(l.duration_mean) end as expected_s,
        case when l.finished_at is not null then exp(l.duration_mean - l.duration_half_width) end as low_s,
        case when l.finished_at is not null then exp(l.duration_mean + l.duration_half_width) end as high_s
) as x
left join lateral (
    select string_agg(t.input, ', ' order by t.is_driver, t.input) as inputs
    from analytics.lot_term as t
    where t.version = l.version and t.target = 'energy' and t.slopes = l.energy_slopes
) as u on true;
comment on view api.lot_expectation is 'What each finished lot should have used for the time that it took, how long it should have taken, and whether it lies outside';
comment on column api.lot_expectation.lot is 'Lot';
comment on column api.lot_expectation.reference is 'Product made';
comment on column api.lot_expectation.machine is 'Machines that ran it';
comment on column api.lot_expectation.finished_at is 'End';
comment on column api.lot_expectation.energy_kwh is 'Energy that it used, kWh';
comment on column api.lot_expectation.expected_kwh is 'Energy that such a lot uses (median), given its inputs, kWh; NULL where reason says why';
comment on column api.lot_expectation.expected_kwh_low is 'Lower end of the 95 % interval of one lot, kWh; NULL where the spread is not known';
comment on column api.lot_expectation.expected_kwh_high is 'Upper end of the 95 % interval of one lot, kWh; NULL where the spread is not known';
comment on column api.lot_expectation.excess_kwh is 'energy_kwh - expected_kwh';
comment on column api.lot_expectation.excess_percent is 'Excess in percent of what was expected';
comment on column api.lot_expectation.energy_judgement is 'high or low where energy lies outside the interval by at least the minimum excess (setting lot_minimum_excess_kwh), else as expected; NULL where not judged';
comment on column api.lot_expectation.machine_s is 'Time on the machine, seconds';
comment on column api.lot_expectation.expected_machine_s is 'Time on the machine that such a lot takes, from reference and quantity, seconds';
comment on column api.lot_expectation.expected_machine_s_low is 'Lower end of the 95 % interval, seconds';
comment on column api.lot_expectation.expected_machine_s_high is 'Upper end of the 95 % interval, seconds';
comment on column api.lot_expectation.duration_judgement is 'high, low or as expected: of its time, apart from its energy; NULL where not judged';
comment on column api.lot_expectation.is_flagged is 'True where its energy is judged high against its own reference, or against 5 others of its family or machine, unless a person said that this is false, or due to a planned stop';
comment on column api.lot_expectation.fall_back is 'What stood in for the reference, which has fewer than 5 lots to learn from; NULL where it has a term of its own, or nothing was expected';
comment on column api.lot_expectation.lots_behind is 'Lots behind the expectation: of its reference, or of what stood in for it';
comment on column api.lot_expectation.inputs is 'What was taken into account besides the reference: quantity, machine_s, drivers';
comment on column api.lot_expectation.is_beyond is 'True where an input is beyond all that was learned from: trust it less';
comment on column api.lot_expectation.duration_fall_back is 'The same as fall_back, for the time';
comment on column api.lot_expectation.duration_lots_behind is 'The same as lots_behind, for the time';
comment on column api.lot_expectation.model_version is 'Version of the model that was valid when it finished, or the first that knew its reference';
comment on column api.lot_expectation.verdict is 'What a person said of it: real, false or planned_stop';
comment on column api.lot_expectation.reason is 'Why it was not judged; NULL where it was';
