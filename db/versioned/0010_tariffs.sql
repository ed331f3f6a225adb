-- lotwatt: plain
-- What energy costs and how much CO2 it stands for, from the contracts and factors that a plant declares.
insert into ops.setting (name, value, description) values
('idle_allotment', 'none', 'Who bears the energy that machines use between lots: none (it is shown, lots bear none of it), run_time (lots of that machine and day by their run time there), units (the same by good units)');

create table plant.tariff (
    tariff_id int generated always as identity primary key,
    code text not null unique check (code ~ '^[A-Za-z0-9_.-]+$'),
    site_id int not null references plant.site,
    carrier text not null,
    valid daterange not null check (not isempty(valid) and not lower_inf(valid)),
    has_holidays boolean not null default false,
    constraint tariff_one_at_a_time exclude using gist (site_id with =, carrier with =, valid with &&)
);
comment on column plant.tariff.valid is 'Days of plant time on which it holds';
comment on column plant.tariff.has_holidays is 'True: public holidays are days of their own kind, else they are the weekdays that they fall on';
comment on constraint tariff_code_check on plant.tariff is 'its code has other characters than letters, digits, _ . -';
comment on constraint tariff_valid_check on plant.tariff is 'its to is not after its from';

create table plant.tariff_price (
    tariff_id int not null references plant.tariff on delete cascade,
    class text not null check (length(class) between 1 and 64),
    price_per_kwh numeric not null,
    price_per_kw_month numeric check (price_per_kw_month >= 0),
    primary key (tariff_id, class)
);
comment on column plant.tariff_price.price_per_kwh is 'In the currency of the site';
comment on column plant.tariff_price.price_per_kw_month is 'Demand charge for each kW of the highest quarter-hour of the month in this class; NULL: none is charged';

-- Which class each quarter-hour has on each kind of day, month by month: worked out of the rules that the plant file
-- gives, so that to price a quarter-hour is to look it up.
create table plant.tariff_day (
    tariff_id int not null references plant.tariff on delete cascade,
    month smallint not null check (month between 1 and 12),
    day_type smallint not null check (day_type between 0 and 7),
    classes text[] not null check (cardinality(classes) = 96),
    primary key (tariff_id, month, day_type)
);
comment on column plant.tariff_day.day_type is '1 Monday to 7 Sunday, 0 a public holiday';
comment on column plant.tariff_day.classes is 'Class of each quarter-hour of the day by the clock of the plant, from 00:00 on';

create table plant.emission_factor (
    emission_factor_id int generated always as identity primary key,
    site_id int not null references plant.site,
    carrier text not null,
    valid daterange not null check (not isempty(valid) and not lower_inf(valid)),
    kg_per_kwh numeric not null check (kg_per_kwh >= 0),
    source text,
    constraint emission_factor_one_at_a_time exclude using gist (site_id with =, carrier with =, valid with &&)
);
comment on column plant.emission_factor.kg_per_kwh is 'kg of CO2 equivalent for each kWh';
comment on column plant.emission_factor.source is 'Who publishes it, such as the grid operator and the year';
comment on constraint emission_factor_kg_per_kwh_check on plant.emission_factor is 'its kg_per_kwh is below 0';
comment on constraint emission_factor_valid_check on plant.emission_factor is 'its to is not after its from';
