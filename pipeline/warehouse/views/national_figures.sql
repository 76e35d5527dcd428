-- One row a year and national metric: the figure on which the sheets agree, and how many print it.
select
    observations.year,
    observations.metric,
    metrics.title,
    observations.value,
    observations.qualifier,
    observations.lower,
    observations.upper,
    metrics.unit,
    metrics.period,
    observations.statements
from observations
inner join metrics on metrics.metric = observations.metric
where observations.jurisdiction = 'US'
order by observations.year, observations.metric
