-- Invoice Responses: what we answer about a received document, and what a buyer answers about one of ours.

-- Part 1: ours. Sealed in the ledger when it is given; the rest of its way is in `state`, as for a document.
create table sent_responses (
    company_id uuid not null,
    id uuid not null,
    document_id uuid not null,
    -- The how-manieth answer to its document, from 1: two that are given at the same time can't both be the next.
    place integer not null check (place > 0),
    state text not null check (state in ('QUEUED', 'SENDING', 'SENT', 'FAILED')),
    version integer not null,
    code text not null check (code in ('AB', 'IP', 'UQ', 'CA', 'RE', 'AP', 'PD')),
    -- What the order of answers goes by (gateway/responses/order.py).
    standing text not null,
    clarifications bytea not null,
    note text,
    effective date,
    payment text,
    sender text not null,
    receiver text not null,
    -- The UBL ApplicationResponse, byte for byte as it is sealed and sent.
    xml bytea not null,
    xml_sha256 text not null,
    answered_at timestamptz not null,
    answered_by text not null,
    queued_at timestamptz not null,
    queued_by text not null,
    sent_at timestamptz,
    failed_at timestamptz,
    failure text,
    problem text,
    -- What the seller's access point said afterwards.
    c3 text,
    c3_at timestamptz,
    c3_reason text,
    primary key (company_id, id),
    unique (company_id, document_id, place),
    foreign key (company_id, document_id) references received_documents (company_id, id)
);
select enforce_tenancy('sent_responses');
grant select, insert on sent_responses to involinks_app;
grant update (state, version, queued_at, queued_by, sent_at, failed_at, failure, problem, c3, c3_at, c3_reason)
    on sent_responses to involinks_app;

alter table transmissions add foreign key (company_id, response_id) references sent_responses (company_id, id);

-- Part 2: what came. Whoever may send to us may send one; `verdict` says what of it is believed.
create table received_responses (
    company_id uuid not null,
    id uuid not null,
    verdict text not null check (verdict in ('believed', 'unmatched', 'foreign', 'unreadable', 'erased')),
    -- Why it isn't believed, in plain words; empty where it is.
    why text not null,
    -- The issued document, where it is about one of ours and the one who answers may answer.
    document_id uuid,
    instance_id text not null,
    sender text not null,
    envelope_sha256 text not null,
    xml_sha256 text not null,
    -- Out of the message, as far as it could be read.
    response_number text,
    number text,
    code text,
    clarifications bytea not null,
    note text,
    effective date,
    payment text,
    issue_date date,
    findings bytea not null,
    received_at timestamptz not null,
    primary key (company_id, id),
    foreign key (company_id, document_id) references issued_documents (company_id, id),
    check ((verdict in ('believed', 'erased')) = (document_id is not null)),
    check ((verdict = 'believed') = (why = ''))
);
-- By sender, so that nobody takes the place of another one's message by copying it first. Of answers about an erased
-- document no sender stays.
create unique index on received_responses (company_id, sender, instance_id) where sender <> '';
create unique index on received_responses (company_id, sender, xml_sha256) where sender <> '';
create index on received_responses (company_id, document_id);
select enforce_tenancy('received_responses');
grant select, insert on received_responses to involinks_app;

-- Part 3: erasure reaches what came about a natural person's document.
alter function objects_about() rename to objects_about_without_responses;
create function objects_about() returns table (document_id uuid, digest text)
language sql stable set search_path = public, pg_temp as $$
    select o.document_id, o.digest from objects_about_without_responses() o
    union all
    select r.document_id, unnest(array[r.envelope_sha256, r.xml_sha256]) from received_responses r
    where r.company_id = involinks_company()
$$;

alter function erase_words_about(uuid) rename to erase_words_without_responses;
create function erase_words_about(p_document uuid) returns void
language plpgsql set search_path = public, pg_temp as $$ begin
    perform erase_words_without_responses(p_document);
    update received_responses r set sender = '', response_number = null, clarifications = '[]', note = null,
        payment = null, findings = '[]'
    where r.company_id = involinks_company() and r.document_id = p_document;
end $$;
