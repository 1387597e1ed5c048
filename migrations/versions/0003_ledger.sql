-- The ledger: it only grows. The application may SELECT and INSERT; the head is the one row that moves.
-- The triggers fire for everyone, the owner and replication sessions included. They are the second line: nothing rests
-- on them, because whoever may drop a trigger may change a row. Verification finds what they can't refuse.
-- A ledger outlives a company's row in the registry, so it has no foreign key to it.

create table ledger_heads (
    company_id uuid primary key,
    created_us bigint not null check (created_us >= 0),
    count bigint not null check (count >= 0),
    hash bytea not null check (octet_length(hash) = 32),
    key_id bytea not null check (octet_length(key_id) = 8),
    origin text not null check (origin ~ '^[^[:space:]+]+$'),
    peaks bytea not null default '' check (octet_length(peaks) % 32 = 0)
);
comment on table ledger_heads is 'Where each company''s chain ends: compare-and-set under the row''s lock.';
comment on column ledger_heads.created_us is 'Microseconds since the epoch; part of the genesis hash.';
comment on column ledger_heads.count is 'Entries so far; the next entry''s seq.';
comment on column ledger_heads.key_id is 'The document key that signs now; zeros while there is none.';
comment on column ledger_heads.origin is 'What the ledger is called in its checkpoints, for ever.';
comment on column ledger_heads.peaks is 'Roots of the full subtrees at the Merkle tree''s right edge, largest first.';

create table ledger_entries (
    company_id uuid not null,
    seq bigint not null check (seq >= 0),
    kind smallint not null,
    at_us bigint not null check (at_us >= 0),
    series text not null,
    number text not null,
    body bytea not null check (octet_length(body) >= 188),
    entry_hash bytea not null check (octet_length(entry_hash) = 32),
    signature bytea,
    primary key (company_id, seq),
    constraint ledger_entries_sealed check (signature is not null or kind not in (1, 2, 3, 11, 12)),
    constraint ledger_entries_numbered check (number <> '' or kind not in (1, 2))
);
comment on column ledger_entries.body is 'The very bytes that are hashed; the other columns repeat parts of them for searching.';
create unique index ledger_entries_number on ledger_entries (company_id, number) where kind in (1, 2);
-- Cut, because others may send numbers that are longer than an index takes.
create index ledger_entries_document on ledger_entries (company_id, left(number, 200), left(series, 200), seq)
    where number <> '';

-- Beside the entries and not in them: that of natural persons' documents lies in personal_contents, encrypted.
create table ledger_contents (
    company_id uuid not null,
    seq bigint not null,
    canonical bytea not null,
    attached bytea,
    primary key (company_id, seq)
);
alter table ledger_contents alter column canonical set storage external;
alter table ledger_contents alter column attached set storage external;

create table signing_keys (
    company_id uuid not null,
    key_id bytea not null,
    version integer not null check (version > 0),
    purpose text not null,
    algorithm text not null,
    spki bytea not null,
    added_seq bigint not null check (added_seq >= 0),
    primary key (company_id, key_id),
    unique (company_id, purpose, version),
    check (key_id = substr(sha256(spki), 1, 8))
);
comment on table signing_keys is 'Public keys, for ever. When one counted is told by the entries that added and retired it.';

create table sealed_keys (
    company_id uuid not null,
    key_id bytea not null,
    kek_id text not null,
    nonce bytea not null check (octet_length(nonce) = 12),
    ciphertext bytea not null,
    primary key (company_id, key_id),
    foreign key (company_id, key_id) references signing_keys
);
comment on table sealed_keys is 'Private keys, encrypted. Sealed anew when the key-encryption key changes, else never touched.';

create table ledger_verifications (
    company_id uuid not null,
    id uuid not null,
    level smallint not null check (level between 0 and 2),
    requested_by text not null,
    requested_at timestamptz not null,
    state text not null default 'queued' check (state in ('queued', 'running', 'done')),
    checked bigint not null default 0,
    total bigint not null default 0,
    report bytea,
    entry_seq bigint,
    primary key (company_id, id),
    check ((state = 'done') = (report is not null))
);
comment on table ledger_verifications is 'Verifications asked for, their progress, and their report as the ledger records it.';

select enforce_tenancy('ledger_heads');
select enforce_tenancy('ledger_entries');
select enforce_tenancy('ledger_contents');
select enforce_tenancy('signing_keys');
select enforce_tenancy('sealed_keys');
select enforce_tenancy('ledger_verifications');

grant select, insert, update (count, hash, key_id, peaks) on ledger_heads to involinks_app;
grant select, insert on ledger_entries, ledger_contents, signing_keys to involinks_app;
grant select, insert, update (kek_id, nonce, ciphertext) on sealed_keys to involinks_app;
grant select, insert, update (state, checked, total, report, entry_seq) on ledger_verifications to involinks_app;

create function ledger_refuse() returns trigger language plpgsql set search_path = pg_catalog as $$ begin
    raise exception '% on % is refused: the ledger only grows', tg_op, tg_table_name using errcode = 'insufficient_privilege';
end $$;

-- After each INSERT, for all its rows at once: form, hash, link, signature digest, content present, head moved with them.
-- The last 136 bytes of a body are: previous hash 32, invoice hash 32, xml hash 32, key id 8, signature digest 32.
-- The planner is held to the primary keys: a plan cached while the tables were small would read them whole.
create function ledger_check_entries() returns trigger language plpgsql
    set search_path = public, pg_temp set enable_seqscan = off set enable_bitmapscan = off as $$
declare
    company uuid;
    first_seq bigint;
    last_seq bigint;
    last_hash bytea;
    head ledger_heads;
    before bytea;
    bad bigint;
begin
    select a.company_id, a.seq into company, first_seq from added a order by a.seq limit 1;
    if not found then
        return null;
    end if;
    select * into head from ledger_heads h where h.company_id = company;
    if first_seq = 0 then
        before := sha256('einv-ledger/v1\000genesis'::bytea || uuid_send(company) || int8send(head.created_us));
    else
        select e.entry_hash into before from ledger_entries e where e.company_id = company and e.seq = first_seq - 1;
    end if;

    select min(c.seq) filter (where c.good is not true), max(c.seq) into bad, last_seq from (
        select a.seq,
            a.company_id = company
            and a.seq = first_seq + row_number() over places - 1
            and a.entry_hash = sha256(a.body)
            and substr(a.body, 1, octet_length(a.body) - 136) =
                'einv-ledger/v1\000'::bytea || uuid_send(a.company_id) || int8send(a.seq)
                || substr(int2send(a.kind), 2, 1) || int8send(a.at_us)
                || substr(int4send(octet_length(convert_to(a.series, 'UTF8'))), 3, 2) || convert_to(a.series, 'UTF8')
                || substr(int4send(octet_length(convert_to(a.number, 'UTF8'))), 3, 2) || convert_to(a.number, 'UTF8')
            and substr(a.body, octet_length(a.body) - 135, 32) = lag(a.entry_hash, 1, before) over places
            and case when a.signature is null
                then substr(a.body, octet_length(a.body) - 39, 40) = decode(repeat('00', 40), 'hex')
                else substr(a.body, octet_length(a.body) - 31, 32) = sha256(a.signature)
            end as good
        from added a window places as (order by a.seq)
    ) c;
    if bad is not null then
        raise exception 'entry % of company % does not follow: form, hash, link or signature digest is wrong', bad, company
            using errcode = 'integrity_constraint_violation';
    end if;

    select a.entry_hash into last_hash from added a where a.seq = last_seq;
    if head.company_id is null or head.count <> last_seq + 1 or head.hash <> last_hash then
        raise exception 'the head of company % was not moved to entry % by the same statement', company, last_seq
            using errcode = 'integrity_constraint_violation';
    end if;
    if (select count(*) from ledger_contents c where c.company_id = company and c.seq between first_seq and last_seq)
        + (select count(*) from personal_contents c where c.company_id = company and c.seq between first_seq and last_seq)
        <> last_seq - first_seq + 1 then
        raise exception 'an entry from % to % of company % lacks its content', first_seq, last_seq, company
            using errcode = 'integrity_constraint_violation';
    end if;
    return null;
end $$;

create function ledger_check_contents() returns trigger language plpgsql
    set search_path = public, pg_temp set enable_seqscan = off set enable_bitmapscan = off as $$
declare
    bad bigint;
begin
    -- Each entry by its own look-up: a join may be planned to read all entries of the company.
    select min(c.seq) into bad from added c
    where sha256(c.canonical) || coalesce(sha256(c.attached), decode(repeat('00', 32), 'hex')) is distinct from
        (select substr(e.body, octet_length(e.body) - 103, 64) from ledger_entries e
            where e.company_id = c.company_id and e.seq = c.seq);
    if bad is not null then
        raise exception 'the content of entry % is not what the entry names by hash', bad
            using errcode = 'integrity_constraint_violation';
    end if;
    return null;
end $$;

create function ledger_check_head() returns trigger language plpgsql set search_path = public, pg_temp as $$ begin
    if tg_op = 'INSERT' then
        if new.count <> 0 or new.key_id <> decode(repeat('00', 8), 'hex') or new.hash <>
            sha256('einv-ledger/v1\000genesis'::bytea || uuid_send(new.company_id) || int8send(new.created_us)) then
            raise exception 'a ledger begins empty, at its genesis hash' using errcode = 'integrity_constraint_violation';
        end if;
    elsif new.company_id <> old.company_id or new.created_us <> old.created_us or new.origin <> old.origin
        or new.count <= old.count
        or not exists (select from ledger_entries e
            where e.company_id = new.company_id and e.seq = new.count - 1 and e.entry_hash = new.hash) then
        raise exception 'the head of company % moves forward only, to its last entry', old.company_id
            using errcode = 'integrity_constraint_violation';
    elsif octet_length(new.peaks) <> 32 * bit_count(new.count::bit(64)) then
        raise exception 'the frontier of company % is not that of % entries', old.company_id, new.count
            using errcode = 'integrity_constraint_violation';
    end if;
    return null;
end $$;

create function ledger_check_sealed_key() returns trigger language plpgsql set search_path = pg_catalog as $$ begin
    if new.company_id <> old.company_id or new.key_id <> old.key_id or new.kek_id = old.kek_id then
        raise exception 'a private key is only ever sealed anew, under another key-encryption key'
            using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;

create trigger check_added after insert on ledger_entries
    referencing new table as added for each statement execute function ledger_check_entries();
create trigger check_added after insert on ledger_contents
    referencing new table as added for each statement execute function ledger_check_contents();
create trigger check_head after insert or update on ledger_heads for each row execute function ledger_check_head();
create trigger check_sealed before update on sealed_keys for each row execute function ledger_check_sealed_key();

create trigger refuse before update or delete or truncate on ledger_entries for each statement execute function ledger_refuse();
create trigger refuse before update or delete or truncate on ledger_contents for each statement execute function ledger_refuse();
create trigger refuse before update or delete or truncate on signing_keys for each statement execute function ledger_refuse();
create trigger refuse before delete or truncate on ledger_heads for each statement execute function ledger_refuse();
create trigger refuse before delete or truncate on sealed_keys for each statement execute function ledger_refuse();

alter table ledger_entries enable always trigger check_added, enable always trigger refuse;
alter table ledger_contents enable always trigger check_added, enable always trigger refuse;
alter table signing_keys enable always trigger refuse;
alter table ledger_heads enable always trigger check_head, enable always trigger refuse;
alter table sealed_keys enable always trigger check_sealed, enable always trigger refuse;
