-- State counts per 100,000 residents and per 100,000 residents under 18, with bounds, both of one vintage; null for small counts and where the Bureau has no figure.
select
    figures.year,
    figures.jurisdiction,
    figures.name,
    figures.metric,
    figures.title,
    figures.printed,
    figures.value,
    figures.qualifier,
    figures.lower,
    figures.upper,
    figures.small_count,
    figures.population_vintage,
    population.population,
    population.population_under_18,
    figures.per_100000_residents,
    figures.per_100000_residents_lower,
    figures.per_100000_residents_upper,
    figures.per_100000_under_18,
    figures.per_100000_under_18_lower,
    figures.per_100000_under_18_upper,
    figures.notes
from figures
inner join metrics
    on metrics.metric = figures.metric
    and metrics.kind = 'count'
left join population
    on population.vintage = figures.population_vintage
    and population.year = figures.year
    and population.jurisdiction = figures.jurisdiction
where figures.scope = 'state' and figures.observation_id is not null
order by figures.year, figures.jurisdiction, figures.metric
