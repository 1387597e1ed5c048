-- Suppliers' bills: the files as they came, what was read of them, and what was decided.

create table bill_files (
    company_id uuid not null,
    id uuid not null,
    -- The bytes lie in the storage, for ever.
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    door text not null check (door in ('network', 'upload', 'api', 'mail')),
    -- As its sender called it, shortened and free of control characters; never a path.
    name text not null,
    -- By its content.
    media_type text not null,
    size bigint not null check (size > 0),
    received_at timestamptz not null,
    sent_by text not null,
    -- What the door knows: message id, received document; what the virus scanner said.
    facts bytea not null,
    -- The words of all pages in their places, kept in the storage; null until it was read, and for XML.
    transcript_sha256 text check (transcript_sha256 ~ '^[0-9a-f]{64}$'),
    primary key (company_id, id),
    -- The same bytes are one file, through whatever door and however often they come.
    unique (company_id, sha256)
);
select enforce_tenancy('bill_files');
grant select, insert on bill_files to involinks_app;
grant update (transcript_sha256) on bill_files to involinks_app;
create trigger refuse before delete or truncate on bill_files for each statement execute function ledger_refuse();
alter table bill_files enable always trigger refuse;

create table bills (
    company_id uuid not null,
    id uuid not null,
    state text not null check (state in ('RECEIVED', 'NEEDS_REVIEW', 'FAILED', 'READ', 'MATCHED', 'EXCEPTION', 'APPROVED',
        'REFUSED', 'PAID', 'DISCARDED')),
    version integer not null,
    file_id uuid not null,
    -- The how-manieth document of its file, from 1.
    part integer not null check (part > 0),
    received_at timestamptz not null,
    -- Persons who sent it, corrected or accepted its reading (of a key: who made the key): makers for the four eyes.
    makers uuid[] not null,
    pages integer[] not null,
    -- How often reading was begun since it was last ordered; what kills its worker every time is given up.
    attempts integer not null check (attempts >= 0),
    -- What stands: read, or corrected by a person.
    kind text check (kind in ('invoice', 'credit_note', 'receipt', 'order', 'delivery_note', 'statement', 'other')),
    fields bytea,
    supplier_id uuid,
    supplier_name text,
    supplier_tax_id text,
    number text,
    issue_date date,
    due_date date,
    currency text,
    net numeric,
    tax numeric,
    total numeric,
    payable numeric,
    po_number text,
    iban text,
    confidence numeric check (confidence between 0 and 1),
    -- Why a person has to look: codes.
    reasons text[] not null,
    failure_code text,
    failure text,
    -- Of the canonical JSON of the ledger's latest entry of kind READING about it.
    reading_sha256 text,
    read_at timestamptz,
    reviewed_by text,
    reviewed_at timestamptz,
    verdict bytea,
    word text check (word in ('FULL_MATCH', 'VARIANCE_DETECTED', 'PARTIAL_MATCH', 'NOT_MATCHED', 'AMBIGUOUS')),
    -- Of everything that the verdict follows from.
    input_sha256 text,
    matched_at timestamptz,
    -- Why it can't be approved whatever its verdict; what a person released isn't held for again.
    holds text[] not null,
    released text[] not null,
    -- Earlier bills that it resembles.
    near uuid[] not null,
    discarded_by text,
    discarded_at timestamptz,
    approved_by text,
    approved_at timestamptz,
    refused_by text,
    refused_at timestamptz,
    paid_by text,
    paid_at timestamptz,
    paid_on date,
    payment_reference text,
    -- What the person who decided last said.
    note text,
    primary key (company_id, id),
    unique (company_id, file_id, part),
    foreign key (company_id, file_id) references bill_files (company_id, id),
    check (num_nulls(failure_code, failure) in (0, 2)),
    check ((state = 'FAILED') = (failure is not null)),
    check (num_nulls(reading_sha256, read_at, fields, kind) in (0, 4)),
    check (state not in ('NEEDS_REVIEW', 'READ', 'MATCHED', 'EXCEPTION', 'APPROVED', 'REFUSED', 'PAID') or reading_sha256 is not null),
    check (num_nulls(verdict, word, input_sha256, matched_at) in (0, 4)),
    check (state not in ('MATCHED', 'EXCEPTION', 'APPROVED', 'REFUSED', 'PAID') or verdict is not null),
    check (num_nulls(reviewed_by, reviewed_at) in (0, 2)),
    check (num_nulls(discarded_by, discarded_at) in (0, 2)),
    check ((state = 'DISCARDED') = (discarded_at is not null)),
    check (num_nulls(approved_by, approved_at) in (0, 2)),
    check (state not in ('APPROVED', 'PAID') or approved_at is not null),
    -- A held bill can't be approved, whoever asks.
    check (state not in ('APPROVED', 'PAID') or holds = '{}'),
    check (num_nulls(refused_by, refused_at) in (0, 2)),
    check ((state = 'REFUSED') = (refused_at is not null)),
    check (num_nulls(paid_by, paid_at, paid_on) in (0, 3)),
    check ((state = 'PAID') = (paid_at is not null))
);
create index on bills (company_id, state, id);
create index on bills (company_id, supplier_id, issue_date);
create index on bills (company_id, number);
create index on bills (company_id, total);
select enforce_tenancy('bills');
grant select, insert, update on bills to involinks_app;
create trigger refuse before delete or truncate on bills for each statement execute function ledger_refuse();
alter table bills enable always trigger refuse;

-- What was accepted stands: afterwards only the match and what is decided of it may change.
create function refuse_change_of_accepted_bill() returns trigger language plpgsql set search_path = pg_catalog as $$ begin
    raise exception 'what was read of bill % was accepted and stands', old.id using errcode = 'integrity_constraint_violation';
end $$;
create trigger accepted_stands before update on bills for each row
    when (old.state in ('READ', 'MATCHED', 'EXCEPTION', 'APPROVED', 'REFUSED', 'PAID', 'DISCARDED')
        and (new.file_id, new.part, new.received_at, new.fields, new.kind, new.number, new.issue_date, new.due_date, new.currency, new.net,
            new.tax, new.total, new.payable, new.po_number, new.iban, new.supplier_name, new.supplier_tax_id, new.reading_sha256)
        is distinct from
            (old.file_id, old.part, old.received_at, old.fields, old.kind, old.number, old.issue_date, old.due_date, old.currency, old.net,
            old.tax, old.total, old.payable, old.po_number, old.iban, old.supplier_name, old.supplier_tax_id, old.reading_sha256))
    execute function refuse_change_of_accepted_bill();
alter table bills enable always trigger accepted_stands;

-- How far a bill may stray, when a reading is accepted without a person, who approves what: each version stays.
create table bill_policies (
    company_id uuid not null,
    version integer not null check (version > 0),
    policy bytea not null,
    changed_at timestamptz not null,
    changed_by text not null,
    primary key (company_id, version)
);
select enforce_tenancy('bill_policies');
grant select, insert on bill_policies to involinks_app;

-- >>> What a language model was used for reading bills, by day in the Emirates: gateway/bills/budget.py
create table llm_usage (
    company_id uuid not null,
    day date not null,
    -- Taken before each question, corrected after its answer: never less than what was used.
    tokens bigint not null check (tokens >= 0),
    calls bigint not null check (calls >= 0),
    primary key (company_id, day)
);
select enforce_tenancy('llm_usage');
grant select, insert, update on llm_usage to involinks_app;
-- <<< language model
