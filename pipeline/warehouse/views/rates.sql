-- State counts per 100,000 residents and per 100,000 residents under 18, both of one vintage; null where the Bureau has no figure.
with first_vintages as (
    select year, min(vintage) as vintage
    from population
    where vintage >= year
    group by year
),

residents as (
    select
        population.year,
        population.jurisdiction,
        population.vintage,
        population.population,
        population.population_under_18
    from population
    inner join first_vintages
        on first_vintages.year = population.year
        and first_vintages.vintage = population.vintage
)

select
    observations.year,
    observations.jurisdiction,
    jurisdictions.name,
    observations.metric,
    observations.value,
    observations.qualifier,
    residents.vintage as population_vintage,
    residents.population,
    residents.population_under_18,
    observations.value * 100000 / residents.population as per_100000_residents,
    observations.value * 100000 / residents.population_under_18 as per_100000_under_18
from observations
inner join jurisdictions on jurisdictions.jurisdiction = observations.jurisdiction
inner join metrics on metrics.metric = observations.metric
left join residents
    on residents.year = observations.year
    and residents.jurisdiction = observations.jurisdiction
where jurisdictions.kind <> 'nation' and metrics.kind = 'count'
order by observations.year, observations.jurisdiction, observations.metric
