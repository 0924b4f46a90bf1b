CREATE TABLE "voicemail" (
	"tenant" text NOT NULL,
	"message_id" text NOT NULL,
	"mailbox_id" text NOT NULL,
	"heard" boolean NOT NULL,
	"bytes" bigint NOT NULL,
	"record" jsonb NOT NULL,
	CONSTRAINT "voicemail_tenant_message_id_pk" PRIMARY KEY("tenant","message_id")
);
--> statement-breakpoint
CREATE INDEX "voicemail_mailbox" ON "voicemail" USING btree ("tenant","mailbox_id","message_id");