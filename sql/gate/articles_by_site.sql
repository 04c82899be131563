-- one row per edition and site: its articles
-- kind: count
-- says: articles
-- of: site
-- remedy: did its scraper run; has the site a new address, or a new name in the records?
select
    daily_volume.edition,
    daily_volume.site as subject,
    sum(daily_volume.articles)::double as seen,
    1.0 as weight
from daily_volume
where daily_volume.edition between getvariable('gate_first') and getvariable('gate_day')
group by daily_volume.edition, daily_volume.site
order by daily_volume.edition, daily_volume.site
