-- What a reader could ask for, a row a figure: places with a sheet of the year, and metrics that sheets of the year print of such a place.
with printed_metrics as (
    select distinct
        statements.year,
        statements.metric,
        jurisdictions.kind = 'nation' as of_nation
    from statements
    inner join sheets on sheets.file = statements.file
    inner join jurisdictions on jurisdictions.jurisdiction = statements.jurisdiction
    where sheets.status in ('accepted', 'quarantined')
),

-- One vintage for all places of a year: the first that is published after it.
vintages as (
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
    inner join vintages
        on vintages.year = population.year
        and vintages.vintage = population.vintage
),

-- Of each published figure the first accepted sheet that words it as it is published.
wordings as (
    select
        observations.observation_id,
        statements.printed,
        statements.quote,
        statements.file,
        statements.printed_start,
        statements.printed_end,
        statements.note,
        statements.corrected,
        sheets.sheet_id,
        sheets.sha256
    from observations
    inner join statements
        on statements.year = observations.year
        and statements.jurisdiction = observations.jurisdiction
        and statements.metric = observations.metric
    inner join sheets
        on sheets.file = statements.file
        and sheets.status = 'accepted'
    qualify row_number() over (
        partition by observations.observation_id
        order by
            case
                when statements.corrected is null then
                    statements.value = observations.value
                    and statements.qualifier = observations.qualifier
                    and statements.lower is not distinct from observations.lower
                    and statements.upper is not distinct from observations.upper
                else
                    statements.corrected = observations.value
                    and observations.lower is not distinct from observations.upper
            end desc,
            statements.statement_id
    ) = 1
),

-- What accepted sheets say is not available; of the nation only where all that print it say so.
not_available as (
    select
        sheets.year,
        case when entry.is_of_nation then 'US' else sheets.jurisdiction end as jurisdiction,
        entry.metric
    from sheets
    cross join lateral (
        select
            split_part(part, ' of ', 1) as metric,
            starts_with(split_part(part, ' of ', 2), 'US:') as is_of_nation
        from unnest(string_split(sheets.not_available, '; ')) as parts (part)
    ) as entry
    where sheets.status = 'accepted'
    group by all
),

notes_of_metrics as (
    select
        coverage.year,
        coverage.jurisdiction,
        coverage.metric,
        string_agg(
            comparability.note,
            ' '
            order by comparability.kind <> 'series_break', comparability.from_year, comparability.kind
        ) as note
    from coverage
    inner join comparability
        on comparability.metric = coverage.metric
        and comparability.from_year <= coverage.year
        and (comparability.to_year is null or comparability.to_year >= coverage.year)
    group by coverage.year, coverage.jurisdiction, coverage.metric
),

joined as (
    select
        coverage.year,
        coverage.jurisdiction,
        jurisdictions.name,
        jurisdictions.fips,
        case when jurisdictions.kind = 'nation' then 'nation' else 'state' end as scope,
        metrics.program,
        coverage.metric,
        metrics.title,
        metrics.unit,
        metrics.period,
        coverage.coverage,
        observations.value,
        trim(regexp_replace(wordings.printed, '\s+', ' ', 'g')) as printed,
        observations.qualifier,
        observations.lower,
        observations.upper,
        observations.status,
        metrics.kind = 'count' and coalesce(observations.lower, 0) <= {small_count} as may_be_small,
        metrics.kind = 'count' and jurisdictions.kind <> 'nation' as has_rate,
        residents.vintage,
        residents.population,
        residents.population_under_18,
        notes_of_metrics.note,
        wordings.note as sheet_note,
        not_available.metric is not null as is_not_available,
        corrections.reason,
        corrections.link,
        trim(regexp_replace(wordings.quote, '\s+', ' ', 'g')) as quote,
        wordings.file,
        wordings.printed_start,
        wordings.printed_end,
        observations.observation_id,
        observations.statements
    from coverage
    inner join jurisdictions on jurisdictions.jurisdiction = coverage.jurisdiction
    inner join metrics on metrics.metric = coverage.metric
    inner join printed_metrics
        on printed_metrics.year = coverage.year
        and printed_metrics.metric = coverage.metric
        and printed_metrics.of_nation = (jurisdictions.kind = 'nation')
    left join observations
        on observations.year = coverage.year
        and observations.jurisdiction = coverage.jurisdiction
        and observations.metric = coverage.metric
    left join wordings on wordings.observation_id = observations.observation_id
    left join residents
        on residents.year = coverage.year
        and residents.jurisdiction = coverage.jurisdiction
        and jurisdictions.kind <> 'nation'
    left join notes_of_metrics
        on notes_of_metrics.year = coverage.year
        and notes_of_metrics.jurisdiction = coverage.jurisdiction
        and notes_of_metrics.metric = coverage.metric
    left join not_available
        on not_available.year = coverage.year
        and not_available.jurisdiction = coverage.jurisdiction
        and not_available.metric = coverage.metric
    left join corrections
        on corrections.sheet_id = wordings.sheet_id
        and corrections.sha256 = wordings.sha256
        and corrections.metric = coverage.metric
        and (corrections.of = 'US') = (jurisdictions.kind = 'nation')
        and observations.status = 'corrected'
    where coverage.coverage <> 'sheet_missing'
)

select
    year,
    jurisdiction,
    name,
    fips,
    scope,
    program,
    metric,
    title,
    unit,
    period,
    coverage,
    value,
    printed,
    qualifier,
    lower,
    upper,
    status,
    case when has_rate and not may_be_small then per_100000(value, population) end as per_100000_residents,
    case when has_rate and not may_be_small then per_100000(lower, population) end as per_100000_residents_lower,
    case when has_rate and not may_be_small then per_100000(upper, population) end as per_100000_residents_upper,
    case when has_rate and not may_be_small then per_100000(value, population_under_18) end as per_100000_under_18,
    case when has_rate and not may_be_small then per_100000(lower, population_under_18) end as per_100000_under_18_lower,
    case when has_rate and not may_be_small then per_100000(upper, population_under_18) end as per_100000_under_18_upper,
    vintage as population_vintage,
    case when observation_id is not null then may_be_small end as small_count,
    nullif(concat_ws(
        ' ',
        case
            when coverage = 'absent_from_sheet' and is_not_available then
                'The sheet says that this figure is not available, which does not mean zero.'
            when coverage = 'absent_from_sheet' and scope = 'nation' then
                'No accepted sheet of the year prints this figure, which does not mean zero.'
            when coverage = 'absent_from_sheet' then
                'The sheet does not print this figure, which does not mean zero.'
            when coverage = 'quarantined' and scope = 'nation' then
                'Withheld: the sheets of the year that print this figure failed a check or do not agree. The table checks says why.'
            when coverage = 'quarantined' then
                'Withheld: the sheet failed a check. The table checks says why.'
        end,
        case
            when status = 'corrected' then
                'Corrected by a maintainer: the sheet prints ' || printed || '.'
                || coalesce(' Reason: ' || rtrim(reason, '.') || ' (' || link || ').', '')
        end,
        case
            when may_be_small and upper <= {small_count} then
                'A small count, {small_count} or fewer: chance alone can move it much, so it has no rate and no rank.'
            when observation_id is not null and may_be_small then
                'May be a small count, {small_count} or fewer, by its wording, so it has no rate and no rank.'
        end,
        case when sheet_note is not null then 'The sheet notes: ' || rtrim(sheet_note, '.') || '.' end,
        note
    ), '') as notes,
    quote,
    file,
    printed_start,
    printed_end,
    observation_id,
    statements
from joined
order by year, jurisdiction, metric
