CREATE TABLE "call_legs" (
	"tenant" text NOT NULL,
	"sip_call_id" text NOT NULL,
	"call_id" text NOT NULL,
	CONSTRAINT "call_legs_tenant_sip_call_id_call_id_pk" PRIMARY KEY("tenant","sip_call_id","call_id")
);
