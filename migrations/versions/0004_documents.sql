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
            when state = 'FAILED' and coalesce(c3, '') not in ('delivered', 'refused') and buyer is null then state
            when state not in ('SENT', 'FAILED') then state  -- given up and there all the same: what others say holds
            when c3 = 'refused' then 'REFUSED'
            when c5 = 'report_refused' then 'REPORT_REFUSED'
            when buyer = 'buyer_rejected' then 'DECLINED'
            when buyer = 'buyer_paid' then 'PAID'
            when buyer in ('buyer_accepted', 'buyer_accepted_conditionally') then 'ACCEPTED'
            when c3 = 'delivered' or buyer is not null then 'DELIVERED'
            when c3 = 'undeliverable' then 'UNDELIVERABLE'
            when c5 = 'reported' then 'REPORTED'
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

create table received_documents (
    company_id uuid not null,
    id uuid not null,
    state text not null check (state in ('RECEIVED', 'ACKNOWLEDGED')),
    version integer not null,
    -- The envelope and the document as they came, by their digests; the bytes lie in the storage.
    envelope_sha256 text not null,
    xml_sha256 text not null,
    size bigint not null,
    verbatim boolean not null,
    -- Out of the envelope.
    instance_id text not null,
    sender text not null,
    receiver text not null,
    document_type text not null,
    process text not null,
    reference text not null,
    -- Out of the document, as far as it could be read.
    number text,
    type_code text,
    issue_date date,
    currency text,
    payable numeric,
    total numeric,
    seller_name text,
    seller_endpoint text,
    twin_of uuid,
    valid boolean not null,
    findings bytea not null,
    ruleset text not null,
    received_at timestamptz not null,
    acknowledged_at timestamptz,
    acknowledged_by text,
    note text,
    primary key (company_id, id),
    -- The same content is one document, however often and under whatever envelope it comes.
    unique (company_id, xml_sha256),
    foreign key (company_id, twin_of) references received_documents (company_id, id),
    check ((state = 'ACKNOWLEDGED') = (acknowledged_at is not null))
);
create index on received_documents (company_id, state, id);
create index on received_documents (company_id, seller_endpoint, number);

-- Every envelope by its instance id, and the document it brought. Two envelopes may bring the same one.
create table received_envelopes (
    company_id uuid not null,
    instance_id text not null,
    document_id uuid not null,
    envelope_sha256 text not null,
    received_at timestamptz not null,
    primary key (company_id, instance_id),
    foreign key (company_id, document_id) references received_documents (company_id, id)
);

select enforce_tenancy('received_documents');
select enforce_tenancy('received_envelopes');
grant select, insert on received_documents, received_envelopes to involinks_app;
grant update (state, version, acknowledged_at, acknowledged_by, note) on received_documents to involinks_app;

-- Part 3: what is on its way.

-- One row per document, for ever: its id is the key under which the provider knows the submission, so a document that
-- is sent again after a failure is the same submission.
create table transmissions (
    company_id uuid not null,
    id uuid not null,
    document_id uuid not null,
    provider text not null,
    begun_at timestamptz not null,
    -- Of the present order to send; 0 where it was given up, so that a new order or a replay counts from one again.
    attempts integer not null check (attempts >= 0),
    attempted_at timestamptz not null,
    -- True from before a call until its outcome is known: the provider may have the message.
    uncertain boolean not null,
    problem text check (problem in ('temporary', 'permanent', 'precondition', 'unknown')),
    reason text,
    next_step text,
    reference text,
    accepted_at timestamptz,
    evidence_sha256 text,
    primary key (company_id, id),
    unique (company_id, document_id),
    foreign key (company_id, document_id) references issued_documents (company_id, id),
    check ((reference is null) = (accepted_at is null)),
    check (reference is null or not uncertain)
);

-- What the provider told us, each once, whether it was asked or called.
create table transmission_events (
    company_id uuid not null,
    transmission_id uuid not null,
    event_id text not null,
    outcome text not null,
    at timestamptz not null,
    reason text not null,
    recorded_at timestamptz not null,
    evidence_sha256 text not null,
    primary key (company_id, transmission_id, event_id),
    foreign key (company_id, transmission_id) references transmissions (company_id, id)
);

select enforce_tenancy('transmissions');
select enforce_tenancy('transmission_events');
grant select, insert, update on transmissions to involinks_app;
grant select, insert on transmission_events to involinks_app;

-- A provider's call names the key only. Of a row it tells the company, nothing else.
create table transmission_keys (id uuid primary key, company_id uuid not null);
create function keep_transmission_key() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public
as $$ begin
    insert into public.transmission_keys values (new.id, new.company_id);
    return new;
end $$;
create trigger transmission_keys_are_kept after insert on transmissions
    for each row execute function keep_transmission_key();
create function transmission_company(key uuid) returns uuid
    language sql stable security definer set search_path = pg_catalog, public
    return (select company_id from public.transmission_keys k where k.id = key);
grant execute on function transmission_company(uuid) to involinks_app;
