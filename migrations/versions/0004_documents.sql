-- Part 1: what we issue. Series, documents, and which credit note took how much of which invoice.

create table series (
    company_id uuid not null,
    id uuid not null,
    name text not null,
    numbering text not null check (numbering in ('assigned', 'given')),
    -- Assigned numbers are prefix + counter padded to `digits`. A prefix that doesn't end in a digit makes the numbers of
    -- two series of one company differ whenever their prefixes do.
    prefix text check (prefix ~ '[^0-9]$'),
    digits smallint not null default 6 check (digits between 1 and 12),
    next_number bigint not null default 1 check (next_number > 0),
    created_at timestamptz not null,
    created_by text not null,
    primary key (company_id, id),
    unique (company_id, name),
    unique (company_id, prefix),
    check ((numbering = 'assigned') = (prefix is not null))
);

create table issued_documents (
    company_id uuid not null,
    id uuid not null,
    state text not null,
    version integer not null,
    series_id uuid not null,
    -- The business key: one number names one document of a company, whatever the series. Null until it is assigned.
    number text,
    -- Read out of the body, for lists and for the rules between documents.
    type_code text not null,
    issue_date date,
    currency text,
    buyer_name text,
    buyer_endpoint text,
    payable numeric,
    total numeric,
    -- The body as it was posted or last patched (JSON, UTF-8); after sealing the sealed invoice.
    body bytea not null,
    -- Posted UBL, byte for byte; then `body` is what we read out of it.
    posted_xml bytea,
    external_reference boolean not null default false,
    valid boolean not null,
    findings bytea not null,
    ruleset text not null,
    -- Everybody who made or changed the draft; an API key stands for the person who made the key.
    makers uuid[] not null,
    created_at timestamptz not null,
    created_by text not null,
    changed_at timestamptz not null,
    -- Facts of our own work.
    sealed_at timestamptz,
    sealed_by text,
    -- SHA-256 of the sealed XML: what an approval approves.
    xml_hash bytea,
    approved_at timestamptz,
    approved_by text,
    rejected_at timestamptz,
    rejected_by text,
    rejection text,
    queued_at timestamptz,
    queued_by text,
    sent_at timestamptz,
    failed_at timestamptz,
    failure text,
    -- What others said: the receiver's access point, the tax authority, the buyer.
    c3 text,
    c3_at timestamptz,
    c3_reason text,
    c5 text,
    c5_at timestamptz,
    c5_reason text,
    buyer text,
    buyer_at timestamptz,
    buyer_reason text,
    public_state text not null generated always as (
        case
            when state = 'QUEUED' then 'SENDING'
            when state <> 'SENT' then state
            when c3 = 'refused' then 'REFUSED'
            when c5 = 'report_refused' then 'REPORT_REFUSED'
            when buyer = 'buyer_rejected' then 'DECLINED'
            when buyer = 'buyer_paid' then 'PAID'
            when buyer in ('buyer_accepted', 'buyer_accepted_conditionally') then 'ACCEPTED'
            when c3 = 'delivered' or buyer is not null then 'DELIVERED'
            when c3 = 'undeliverable' then 'UNDELIVERABLE'
            else 'SENT'
        end
    ) stored,
    primary key (company_id, id),
    foreign key (company_id, series_id) references series (company_id, id),
    unique (company_id, number),
    check (state in ('DRAFT', 'FINALIZED', 'APPROVED', 'REJECTED', 'QUEUED', 'SENDING', 'SENT', 'FAILED')),
    check ((state = 'DRAFT') = (sealed_at is null)),
    check (state = 'DRAFT' or (number is not null and valid and xml_hash is not null)),
    check (cardinality(makers) > 0)
);
create index on issued_documents (company_id, public_state, id);
create index on issued_documents (company_id, series_id, number);

-- What of a sealed document may still change is listed here; whatever column is added later is fixed by itself.
create function refuse_change_of_sealed_document() returns trigger language plpgsql as $$
declare
    living constant text[] := array[
        'state', 'public_state', 'version', 'approved_at', 'approved_by', 'rejected_at', 'rejected_by', 'rejection',
        'queued_at', 'queued_by', 'sent_at', 'failed_at', 'failure', 'c3', 'c3_at', 'c3_reason', 'c5', 'c5_at',
        'c5_reason', 'buyer', 'buyer_at', 'buyer_reason'];
begin
    if tg_op = 'DELETE' then
        raise exception 'issued document % is sealed and stays', old.id using errcode = 'integrity_constraint_violation';
    end if;
    if (to_jsonb(new) - living) is distinct from (to_jsonb(old) - living) then
        raise exception 'issued document % is sealed; its content never changes', old.id
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end $$;
create trigger sealed_documents_are_fixed before update or delete on issued_documents
    for each row when (old.sealed_at is not null) execute function refuse_change_of_sealed_document();
alter table issued_documents enable always trigger sealed_documents_are_fixed;

-- How much of an invoice a sealed credit note takes back. A rejected credit note takes nothing; its row stays.
create table credited_amounts (
    company_id uuid not null,
    credit_note_id uuid not null,
    invoice_id uuid not null,
    amount numeric not null check (amount >= 0),
    primary key (company_id, invoice_id, credit_note_id),
    foreign key (company_id, credit_note_id) references issued_documents (company_id, id),
    foreign key (company_id, invoice_id) references issued_documents (company_id, id)
);

select enforce_tenancy('series');
select enforce_tenancy('issued_documents');
select enforce_tenancy('credited_amounts');
grant select, insert, update on series to involinks_app;
grant select, insert, update, delete on issued_documents to involinks_app;
grant select, insert on credited_amounts to involinks_app;

-- Part 2: what we receive.

-- Part 3: what is on its way.
