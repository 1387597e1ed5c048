-- Documents about natural persons: content under a key of each document's own, which can be destroyed.

create table personal_keys (
    company_id uuid not null,
    document_id uuid not null,
    kek_id text not null,
    nonce bytea not null,
    ciphertext bytea not null,
    erased_seq bigint,
    primary key (company_id, document_id),
    -- A row without its key stays for ever: it says that there was one, and which entry destroyed it.
    check ((erased_seq is null) = (octet_length(ciphertext) > 0)),
    check ((erased_seq is null) = (octet_length(nonce) > 0))
);
comment on table personal_keys is 'The key of a document''s content, wrapped under a key-encryption key; empty once the content is erased.';

create table personal_contents (
    company_id uuid not null,
    seq bigint not null,
    document_id uuid not null,
    canonical bytea not null check (octet_length(canonical) > 28),
    attached bytea check (octet_length(attached) >= 28),
    primary key (company_id, seq),
    foreign key (company_id, document_id) references personal_keys (company_id, document_id)
);
comment on table personal_contents is 'Stands in the place of ledger_contents: nonce, ciphertext and tag of each part.';
alter table personal_contents alter column canonical set storage external;
alter table personal_contents alter column attached set storage external;

select enforce_tenancy('personal_keys');
select enforce_tenancy('personal_contents');
grant select, insert, update (kek_id, nonce, ciphertext) on personal_keys to involinks_app;
grant select, insert on personal_contents to involinks_app;

create function ledger_check_personal_key() returns trigger language plpgsql set search_path = pg_catalog as $$ begin
    if tg_op = 'INSERT' then
        if new.erased_seq is not null then
            raise exception 'a content key begins unerased' using errcode = 'integrity_constraint_violation';
        end if;
    elsif new.company_id <> old.company_id or new.document_id <> old.document_id or old.erased_seq is not null
        or (new.erased_seq is null and new.kek_id = old.kek_id) then
        raise exception 'a content key is only ever wrapped anew, under another key-encryption key, or erased'
            using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
-- The database can't hold ciphertext against the hash of the plain bytes: verification does, with the key.
create function ledger_check_personal_content() returns trigger language plpgsql
    set search_path = public, pg_temp as $$ begin
    if exists (select from ledger_contents c where c.company_id = new.company_id and c.seq = new.seq)
        or not exists (select from personal_keys k
            where k.company_id = new.company_id and k.document_id = new.document_id and k.erased_seq is null)
        or new.seq < (select h.count from ledger_heads h where h.company_id = new.company_id) then
        raise exception 'entry % has content already, or its document has no key', new.seq
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end $$;
create trigger check_key before insert or update on personal_keys for each row execute function ledger_check_personal_key();
create trigger check_added before insert on personal_contents for each row execute function ledger_check_personal_content();
create trigger refuse before delete or truncate on personal_keys for each statement execute function ledger_refuse();
create trigger refuse before update or delete or truncate on personal_contents for each statement execute function ledger_refuse();
alter table personal_keys enable always trigger check_key, enable always trigger refuse;
alter table personal_contents enable always trigger check_added, enable always trigger refuse;

-- How long records are kept. The law's terms are data with their source; a company may only keep for longer.

create table retention_policies (
    record_class text primary key check (record_class ~ '^[a-z_]+$'),
    years integer not null check (years > 0),
    -- From the end of which year the years count; an extension is added to them.
    starts text not null check (starts in ('tax_year_end', 'calendar_year_end', 'extension')),
    source text not null
);
insert into retention_policies values
    ('taxable', 5, 'tax_year_end',
     'Records of a taxable person: 5 years after the tax period (Tax Procedures Law and its Executive Regulation, Cabinet '
     'Decision 74 of 2023, article 3; read in secondary sources). Counted from the end of the tax year, which is later.'),
    ('other', 5, 'calendar_year_end',
     'Records of others: 5 years after the calendar year in which they were made (the same article).'),
    ('real_estate', 7, 'tax_year_end',
     'Records about real estate: 7 years after the year they are about (the same article; older texts say 15).'),
    ('dispute', 4, 'extension',
     'A dispute with the authority or an audit: 4 more years (the same article).'),
    ('disclosure', 1, 'extension',
     'A voluntary disclosure in the last year: 1 more year (the same article).');
grant select on retention_policies to involinks_app;

create table company_retention (
    company_id uuid primary key,
    record_class text not null references retention_policies (record_class),
    years integer not null check (years between 1 and 100),
    changed_at timestamptz not null,
    changed_by text not null
);
comment on table company_retention is 'In which class a company''s documents are, and for how long it keeps them; the law''s years where it never chose.';
create function refuse_shorter_retention() returns trigger language plpgsql set search_path = public, pg_temp as $$ begin
    if not exists (select from retention_policies p
        where p.record_class = new.record_class and p.starts <> 'extension' and p.years <= new.years) then
        raise exception 'records of class % are kept at least as long as the law asks', new.record_class
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end $$;
create trigger no_shorter before insert or update on company_retention
    for each row execute function refuse_shorter_retention();

-- A hold is over one document, or over all of the company; a lifted one stays, and so does the time it added.
create table legal_holds (
    company_id uuid not null,
    id uuid not null,
    document_id uuid,
    ground text not null check (ground in ('hold', 'dispute', 'disclosure')),
    reason text not null check (reason <> ''),
    laid_at timestamptz not null,
    laid_by text not null,
    laid_seq bigint not null,
    lifted_at timestamptz,
    lifted_by text,
    lifted_seq bigint,
    primary key (company_id, id),
    foreign key (company_id, laid_seq) references ledger_entries (company_id, seq),
    foreign key (company_id, lifted_seq) references ledger_entries (company_id, seq),
    check (num_nulls(lifted_at, lifted_by, lifted_seq) in (0, 3))
);
create index on legal_holds (company_id, document_id);

select enforce_tenancy('company_retention');
select enforce_tenancy('legal_holds');
grant select, insert, update on company_retention to involinks_app;
grant select, insert, update (lifted_at, lifted_by, lifted_seq) on legal_holds to involinks_app;
create function refuse_second_lifting() returns trigger language plpgsql set search_path = pg_catalog as $$ begin
    raise exception 'legal hold % was lifted, once and for ever', old.id using errcode = 'integrity_constraint_violation';
end $$;
create trigger lifted_once before update on legal_holds
    for each row when (old.lifted_at is not null) execute function refuse_second_lifting();
create trigger refuse before delete or truncate on legal_holds for each statement execute function ledger_refuse();
alter table legal_holds enable always trigger lifted_once, enable always trigger refuse;

alter table issued_documents add column personal boolean not null default false;
alter table issued_documents add column erased_at timestamptz;
comment on column issued_documents.personal is 'The counterparty is, or may be, a natural person: the sealed content stands in personal_contents.';

-- Until when a sealed document of the present company is kept. The later of issue and sealing counts.
create function document_retention(p_document uuid)
returns table (record_class text, years integer, extension integer, counted_from date, kept_until date, source text, held boolean)
language sql stable set search_path = public, pg_temp
begin atomic
    with document as (
        select d.company_id, d.id, greatest(d.issue_date, (d.sealed_at at time zone 'Asia/Dubai')::date) as day
        from issued_documents d
        where d.company_id = involinks_company() and d.id = p_document and d.sealed_at is not null
    ), term as (
        select d.*, p.record_class, greatest(p.years, coalesce(r.years, 0)) as years, p.source, p.starts,
            case p.starts when 'tax_year_end' then coalesce(c.year_ends_in, 12) else 12 end as year_ends_in,
            (select coalesce(sum(x.years), 0)::integer from retention_policies x where x.starts = 'extension' and exists (
                select from legal_holds h where h.company_id = d.company_id and h.ground = x.record_class
                    and (h.document_id = d.id or h.document_id is null))) as extension,
            exists (select from legal_holds h where h.company_id = d.company_id and h.lifted_at is null
                and (h.document_id = d.id or h.document_id is null)) as held
        from document d
        left join company_retention r on r.company_id = d.company_id
        join retention_policies p on p.record_class = coalesce(r.record_class, 'taxable')
        left join tax_calendars c on c.company_id = d.company_id
    ), ended as (
        select t.*, (make_date(extract(year from t.day)::integer + (extract(month from t.day) > t.year_ends_in)::integer,
            t.year_ends_in, 1) + interval '1 month - 1 day')::date as year_end
        from term t
    )
    select e.record_class, e.years, e.extension, e.year_end,
        (e.year_end + make_interval(years => e.years + e.extension))::date, e.source, e.held
    from ended e;
end;
comment on function document_retention(uuid) is 'No row for a draft or a stranger''s document. kept_until is the last day.';
grant execute on function document_retention(uuid) to involinks_app;

-- What of a sealed document may still change is listed here; and once, when its content key is destroyed, what names a
-- person is emptied.
create or replace function refuse_change_of_sealed_document() returns trigger language plpgsql
    set search_path = public, pg_temp as $$
declare
    living text[] := array[
        'state', 'public_state', 'version', 'approved_at', 'approved_by', 'rejected_at', 'rejected_by', 'rejection',
        'queued_at', 'queued_by', 'sent_at', 'failed_at', 'failure', 'c3', 'c3_at', 'c3_reason', 'c5', 'c5_at',
        'c5_reason', 'buyer', 'buyer_at', 'buyer_reason'];
    personal constant text[] := array['body', 'posted_xml', 'buyer_name', 'buyer_endpoint', 'findings', 'erased_at'];
begin
    if tg_op = 'DELETE' then
        raise exception 'issued document % is sealed and stays', old.id using errcode = 'integrity_constraint_violation';
    end if;
    if old.erased_at is null and new.erased_at is not null
        and new.body = '{}'::bytea and new.findings = '[]'::bytea
        and num_nonnulls(new.posted_xml, new.buyer_name, new.buyer_endpoint, new.rejection, new.failure, new.c3_reason,
            new.c5_reason, new.buyer_reason) = 0
        and exists (select from personal_keys k
            where k.company_id = old.company_id and k.document_id = old.id and k.erased_seq is not null) then
        living := living || personal;
    end if;
    if (to_jsonb(new) - living) is distinct from (to_jsonb(old) - living) then
        raise exception 'issued document % is sealed; its content never changes', old.id
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end $$;

-- Destroy the content of one document of the present company. The entry that says so was appended in this transaction;
-- its time is the time that counts. Returns the digests of objects in the storage that told of the document.
create function personal_erase(p_document uuid, p_entry_seq bigint) returns setof text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    company constant uuid := involinks_company();
    document issued_documents;
    term record;
    entry ledger_entries;
    name text;
begin
    select * into document from issued_documents d where d.company_id = company and d.id = p_document for update;
    if not found or not document.personal or document.sealed_at is null or document.erased_at is not null then
        raise exception 'document % has no content that could be erased', p_document using errcode = 'integrity_constraint_violation';
    end if;
    select s.name into name from series s where s.company_id = company and s.id = document.series_id;
    select * into entry from ledger_entries e where e.company_id = company and e.seq = p_entry_seq;
    if not found or entry.kind <> 20 or entry.number <> document.number or entry.series <> name
        or entry.seq < (select h.count from ledger_heads h where h.company_id = company) - 1 then
        raise exception 'the erasure of document % has no entry', p_document using errcode = 'integrity_constraint_violation';
    end if;
    select * into term from document_retention(p_document);
    if term.held or (to_timestamp(entry.at_us / 1000000) at time zone 'Asia/Dubai')::date <= term.kept_until then
        raise exception 'document % is kept until %, or held', p_document, term.kept_until using errcode = 'integrity_constraint_violation';
    end if;

    return query
        with told as (
            select t.document_id, t.evidence_sha256 as digest from transmissions t
            where t.company_id = company and t.evidence_sha256 is not null
            union all
            select t.document_id, e.evidence_sha256 from transmission_events e
            join transmissions t on t.company_id = e.company_id and t.id = e.transmission_id
            where t.company_id = company
        )
        select mine.digest from told mine where mine.document_id = p_document
        except select other.digest from told other where other.document_id <> p_document
        except select r.xml_sha256 from received_documents r where r.company_id = company
        except select r.envelope_sha256 from received_envelopes r where r.company_id = company;

    update personal_keys k set nonce = '', ciphertext = '', erased_seq = p_entry_seq
    where k.company_id = company and k.document_id = p_document;
    update issued_documents d set body = '{}', findings = '[]', posted_xml = null, buyer_name = null, buyer_endpoint = null,
        rejection = null, failure = null, c3_reason = null, c5_reason = null, buyer_reason = null,
        erased_at = to_timestamp(entry.at_us / 1000000.0), version = d.version + 1
    where d.company_id = company and d.id = p_document;
    update transmissions t set reason = null, next_step = null
    where t.company_id = company and t.document_id = p_document;
    update transmission_events e set reason = '' from transmissions t
    where t.company_id = company and t.document_id = p_document and e.company_id = company and e.transmission_id = t.id;
    update events e set facts = '{}' where e.company_id = company and e.subject_id = p_document;
    delete from seal_requests r where r.company_id = company and r.document_id = p_document;
    delete from idempotency_keys k where k.company_id = company and (
        position(convert_to(p_document::text, 'UTF8') in k.body) > 0 or position(p_document::text in k.location) > 0);
    update jobs j set last_error = null where j.company_id = company and j.payload::text like '%' || p_document || '%';
    delete from dead_jobs j where j.company_id = company and (
        j.payload::text like '%' || p_document || '%' or exists (
            select from transmissions t where t.company_id = company and t.document_id = p_document
                and j.payload::text like '%' || t.id || '%'));
end $$;
grant execute on function personal_erase(uuid, bigint) to involinks_app;

-- Which of these objects in the storage another company needs as well: the same bytes are one object, whoever got them,
-- and a provider may answer two companies alike. Rows are fenced in by company, so this looks at one after the other.
create function objects_of_others(p_company uuid, p_digests text[]) returns setof text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    company uuid;
begin
    if involinks_company() is not null then
        raise exception 'only the platform asks for every company' using errcode = 'insufficient_privilege';
    end if;
    for company in select c from company_ids() c where c <> p_company loop
        perform set_config('involinks.company', company::text, true);
        return query
            select t.evidence_sha256 from transmissions t where t.company_id = company and t.evidence_sha256 = any(p_digests)
            union select e.evidence_sha256 from transmission_events e
                where e.company_id = company and e.evidence_sha256 = any(p_digests)
            union select r.xml_sha256 from received_documents r where r.company_id = company and r.xml_sha256 = any(p_digests)
            union select r.envelope_sha256 from received_envelopes r
                where r.company_id = company and r.envelope_sha256 = any(p_digests);
    end loop;
    perform set_config('involinks.company', '', true);
end $$;
grant execute on function objects_of_others(uuid, text[]) to involinks_app;
