CREATE TABLE "agent_sessions" (
	"tenant" text NOT NULL,
	"session_id" text NOT NULL,
	"agent_id" text NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"end_reason" text,
	CONSTRAINT "agent_sessions_tenant_session_id_pk" PRIMARY KEY("tenant","session_id")
);
--> statement-breakpoint
CREATE TABLE "api_keys" (
	"tenant" text NOT NULL,
	"key_id" text NOT NULL,
	"name" text NOT NULL,
	"key_hash" text NOT NULL,
	"role" text NOT NULL,
	"scopes" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "api_keys_tenant_key_id_pk" PRIMARY KEY("tenant","key_id")
);
--> statement-breakpoint
CREATE TABLE "call_agents" (
	"tenant" text NOT NULL,
	"agent_id" text NOT NULL,
	"call_id" text NOT NULL,
	CONSTRAINT "call_agents_tenant_agent_id_call_id_pk" PRIMARY KEY("tenant","agent_id","call_id")
);
--> statement-breakpoint
CREATE TABLE "call_batches" (
	"tenant" text NOT NULL,
	"batch_id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "call_batches_batch_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"encoding" text NOT NULL,
	"records" "bytea" NOT NULL,
	CONSTRAINT "call_batches_tenant_batch_id_pk" PRIMARY KEY("tenant","batch_id")
);
--> statement-breakpoint
CREATE TABLE "calls" (
	"tenant" text NOT NULL,
	"call_id" text NOT NULL,
	"arrived_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"batch_id" bigint NOT NULL,
	CONSTRAINT "calls_tenant_call_id_pk" PRIMARY KEY("tenant","call_id")
);
--> statement-breakpoint
CREATE TABLE "center_secrets" (
	"tenant" text NOT NULL,
	"owner" text NOT NULL,
	"owner_id" text NOT NULL,
	"secret" jsonb NOT NULL,
	CONSTRAINT "center_secrets_tenant_owner_owner_id_pk" PRIMARY KEY("tenant","owner","owner_id")
);
--> statement-breakpoint
CREATE TABLE "centers" (
	"tenant" text PRIMARY KEY NOT NULL,
	"center" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "checkpoints" (
	"tenant" text NOT NULL,
	"kind" text NOT NULL,
	"id" text NOT NULL,
	"state" jsonb NOT NULL,
	CONSTRAINT "checkpoints_tenant_kind_id_pk" PRIMARY KEY("tenant","kind","id")
);
--> statement-breakpoint
CREATE TABLE "journal" (
	"tenant" text NOT NULL,
	"first_cursor" bigint NOT NULL,
	"last_cursor" bigint NOT NULL,
	"time" timestamp (3) with time zone NOT NULL,
	"encoding" text NOT NULL,
	"events" "bytea" NOT NULL,
	CONSTRAINT "journal_tenant_first_cursor_pk" PRIMARY KEY("tenant","first_cursor")
);
--> statement-breakpoint
CREATE TABLE "journal_calls" (
	"tenant" text NOT NULL,
	"call_id" text NOT NULL,
	"first_cursor" bigint NOT NULL,
	CONSTRAINT "journal_calls_tenant_call_id_first_cursor_pk" PRIMARY KEY("tenant","call_id","first_cursor")
);
--> statement-breakpoint
CREATE TABLE "meta" (
	"tenant" text NOT NULL,
	"key" text NOT NULL,
	"value" jsonb NOT NULL,
	CONSTRAINT "meta_tenant_key_pk" PRIMARY KEY("tenant","key")
);
--> statement-breakpoint
CREATE TABLE "users" (
	"tenant" text NOT NULL,
	"username" text NOT NULL,
	"password_hash" text NOT NULL,
	"role" text NOT NULL,
	"agent_id" text,
	CONSTRAINT "users_tenant_username_pk" PRIMARY KEY("tenant","username")
);
--> statement-breakpoint
CREATE TABLE "visits" (
	"tenant" text NOT NULL,
	"queue_id" text NOT NULL,
	"call_id" text NOT NULL,
	"visit_id" text NOT NULL,
	"enqueued_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"wait_ms" integer NOT NULL,
	"outcome" text,
	"agent_id" text,
	CONSTRAINT "visits_tenant_queue_id_call_id_visit_id_pk" PRIMARY KEY("tenant","queue_id","call_id","visit_id")
);
--> statement-breakpoint
CREATE TABLE "web_sessions" (
	"tenant" text NOT NULL,
	"token_hash" text NOT NULL,
	"username" text NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "web_sessions_tenant_token_hash_pk" PRIMARY KEY("tenant","token_hash")
);
--> statement-breakpoint
CREATE INDEX "agent_sessions_agent" ON "agent_sessions" USING btree ("tenant","agent_id","started_at");--> statement-breakpoint
CREATE INDEX "visits_enqueued" ON "visits" USING btree ("tenant","enqueued_at");