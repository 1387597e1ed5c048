-- Mailboxes that bills are fetched from, every message that was found there, and what became of it.

create table mailboxes (
    company_id uuid not null,
    id uuid not null,
    label text not null check (label <> ''),
    host text not null,
    port integer not null check (port between 1 and 65535),
    security text not null check (security in ('tls', 'starttls', 'none')),
    username text not null,
    folder text not null,
    processed_folder text not null,
    failed_folder text not null,
    replies text not null check (replies in ('all', 'known', 'none')),
    sealed bytea,
    enabled boolean not null,
    version integer not null check (version > 0),
    created_by text not null,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    removed_at timestamptz,
    looked_at timestamptz,
    well_at timestamptz,
    failing_since timestamptz,
    failure text,
    alarmed_at timestamptz,
    claim uuid,
    claimed_until timestamptz,
    primary key (company_id, id),
    check ((sealed is null) = (removed_at is not null)),
    check (removed_at is null or not enabled),
    check (processed_folder <> failed_folder and folder <> processed_folder and folder <> failed_folder)
);
comment on table mailboxes is 'One that was removed keeps its row, without its password: messages name it.';
comment on column mailboxes.sealed is 'The password under the key-encryption key (certs.sealing).';
comment on column mailboxes.failing_since is 'The first of the looks that failed since the last one that didn''t.';
comment on column mailboxes.alarmed_at is 'When people were told that it can''t be reached; null again once it is.';
comment on column mailboxes.claim is 'The worker that fetches; one at a time, so that nothing is copied twice.';
create unique index uq_mailboxes_label on mailboxes (company_id, label) where removed_at is null;
select enforce_tenancy('mailboxes');
grant select, insert on mailboxes to involinks_app;
grant update (label, host, port, security, username, folder, processed_folder, failed_folder, replies, sealed, enabled, version,
              changed_at, removed_at, looked_at, well_at, failing_since, failure, alarmed_at, claim, claimed_until)
    on mailboxes to involinks_app;

-- One row for each message, however often and under whatever number the server shows it. It is written before the first
-- attachment is taken, and settled in the transaction that orders the answer; only then the message leaves its folder.
create table mail_messages (
    company_id uuid not null,
    id uuid not null,
    mailbox_id uuid not null,
    message_id text not null,               -- '' where it has none: then its bytes alone tell it apart
    sha256 text not null,                   -- of the message as fetched
    uidvalidity bigint not null,            -- where it was seen last
    uid bigint not null,
    size bigint not null,
    sender text not null,
    subject text not null,
    mail_references text not null,
    seen_at timestamptz not null,
    attempts integer not null,
    outcome text not null check (outcome in ('begun', 'processed', 'failed')),
    reason text,                            -- a code: why nothing was taken
    files bytea not null,                   -- what became of each attachment, JSON
    settled_at timestamptz,
    moved_at timestamptz,
    move_attempts integer not null default 0,
    move_failure text,
    reply text not null default 'none'
        check (reply in ('none', 'ordered', 'sending', 'sent', 'refused', 'unknown', 'withheld')),
    reply_reason text,
    replied_at timestamptz,
    primary key (company_id, id),
    unique (company_id, mailbox_id, message_id, sha256),
    foreign key (company_id, mailbox_id) references mailboxes (company_id, id),
    check ((outcome = 'begun') = (settled_at is null))
);
comment on column mail_messages.reply is 'sending: written before the server is spoken to; one that was never heard of again is unknown and not sent twice.';
create index ix_mail_messages_owed on mail_messages (company_id, mailbox_id) where moved_at is null;
create index ix_mail_messages_sender on mail_messages (company_id, sender);
create index ix_mail_messages_replied on mail_messages (company_id, replied_at) where replied_at is not null;
create index ix_mail_messages_mailbox on mail_messages (company_id, mailbox_id, id);
select enforce_tenancy('mail_messages');
grant select, insert on mail_messages to involinks_app;
grant update (uidvalidity, uid, attempts, outcome, reason, files, settled_at, moved_at, move_attempts, move_failure, reply,
              reply_reason, replied_at) on mail_messages to involinks_app;

-- What must be known across companies: which mailboxes there are, and which worker listens at which.
create table mailbox_lines (
    id uuid primary key,
    company_id uuid not null,
    enabled boolean not null,
    version integer not null,
    watcher uuid,
    watched_until timestamptz
);

create function keep_mailbox_line() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public
as $$ begin
    if new.removed_at is not null then
        delete from public.mailbox_lines l where l.id = new.id and l.company_id = new.company_id;
    else
        insert into public.mailbox_lines as l (id, company_id, enabled, version)
        values (new.id, new.company_id, new.enabled, new.version)
        on conflict (id) do update set enabled = excluded.enabled, version = excluded.version
            where l.company_id = excluded.company_id;
    end if;
    return null;
end $$;
create trigger mailbox_lines_are_kept after insert or update of enabled, version, removed_at on mailboxes
    for each row execute function keep_mailbox_line();

create function mailboxes_due() returns table (company_id uuid, mailbox_id uuid)
language plpgsql stable security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
begin
    if involinks_company() is not null then
        raise exception 'only the platform asks for every company' using errcode = 'insufficient_privilege';
    end if;
    return query select l.company_id, l.id from mailbox_lines l join companies c on c.id = l.company_id
        where l.enabled and c.state = 'ACTIVE';
end $$;

-- A worker's turn at listening: it keeps what it listens at, lets go what was switched off, and takes what nobody listens at,
-- up to a number of its own and a few of each company.
create function mailboxes_watch(p_watcher uuid, p_most integer, p_of_a_company integer, p_lease interval)
returns table (company_id uuid, mailbox_id uuid, version integer)
language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
    held integer;
begin
    if involinks_company() is not null then
        raise exception 'only the platform asks for every company' using errcode = 'insufficient_privilege';
    end if;
    perform pg_advisory_xact_lock(hashtextextended('mailboxes watch', 24));
    update mailbox_lines l set watcher = null, watched_until = null
    where l.watcher is not null and (l.watched_until <= clock_timestamp() or not l.enabled
        or not exists (select from companies c where c.id = l.company_id and c.state = 'ACTIVE'));
    update mailbox_lines l set watched_until = clock_timestamp() + p_lease where l.watcher = p_watcher;
    select count(*) into held from mailbox_lines l where l.watcher = p_watcher;
    update mailbox_lines l set watcher = p_watcher, watched_until = clock_timestamp() + p_lease
    where l.id in (
        select f.id from (
            select m.id, m.watcher, row_number() over (partition by m.company_id order by m.watcher nulls last, m.id) as place
            from mailbox_lines m join companies c on c.id = m.company_id
            where m.enabled and c.state = 'ACTIVE'
        ) f where f.watcher is null and f.place <= p_of_a_company order by f.place, random() limit greatest(p_most - held, 0)
    );
    return query select l.company_id, l.id, l.version from mailbox_lines l where l.watcher = p_watcher;
end $$;

create function mailboxes_unwatch(p_watcher uuid) returns void
language sql security definer set search_path = public, pg_temp as $$
    update mailbox_lines set watcher = null, watched_until = null where watcher = p_watcher
$$;

grant execute on function mailboxes_due, mailboxes_watch, mailboxes_unwatch to involinks_app;

-- Live mode finds mailboxes of development as well.
alter function development_traces() rename to development_traces_before_mailboxes;
revoke execute on function development_traces_before_mailboxes from involinks_app;
create function development_traces() returns setof text
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    company uuid;
    found bigint := 0;
    before text := current_setting('involinks.company', true);
begin
    return query select * from development_traces_before_mailboxes();
    for company in select id from companies loop
        perform set_config('involinks.company', company::text, true);
        select found + count(*) into found from mailboxes m
            where m.removed_at is null and (m.security = 'none' or substr(m.sealed, 1, 4) = 'dev-'::bytea);
    end loop;
    perform set_config('involinks.company', coalesce(before, ''), true);
    if found > 0 then
        return next format('the database holds %s mailbox(es) of development; start with a fresh database.', found);
    end if;
end $$;
comment on function development_traces() is 'Sentences, one for each kind of trace; none for a clean database.';
grant execute on function development_traces() to involinks_app;
