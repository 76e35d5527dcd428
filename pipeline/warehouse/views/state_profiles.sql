-- One wide row a year and state: a column for each metric that sheets print of a state, null where none is published.
select
    observations.year,
    observations.jurisdiction,
    jurisdictions.name,
    {state_columns}
from observations
inner join jurisdictions on jurisdictions.jurisdiction = observations.jurisdiction
where jurisdictions.kind <> 'nation'
group by observations.year, observations.jurisdiction, jurisdictions.name
order by observations.year, observations.jurisdiction
