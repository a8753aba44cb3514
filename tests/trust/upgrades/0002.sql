BEGIN TRANSACTION;
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
INSERT INTO "alembic_version" VALUES('0002');
CREATE TABLE answer (
	id VARCHAR(32) NOT NULL, 
	wait_id VARCHAR NOT NULL, 
	verdict VARCHAR NOT NULL, 
	value TEXT NOT NULL, 
	given_by VARCHAR NOT NULL, 
	given_at BIGINT NOT NULL, 
	channel VARCHAR NOT NULL, 
	objections TEXT, 
	PRIMARY KEY (id), 
	CONSTRAINT answer_verdict CHECK ((verdict = 'given' OR verdict = 'accepted' OR verdict = 'refused')), 
	CONSTRAINT answer_objections CHECK ((verdict = 'refused') = (objections IS NOT NULL)), 
	FOREIGN KEY(wait_id) REFERENCES wait (id)
);
INSERT INTO "answer" VALUES('01a22fd79019702481439a1e31fd3cb1','01a22fd771e47d9fbbba595fa7ff67ae','accepted','{"value": true}','ana',1796098986009001,'python',NULL);
INSERT INTO "answer" VALUES('01a22fd7a3c37a18b8f608553b0f631b','01a22fd789a577eda392a63790318a08','given','{"value": "42.10"}','ana',1796098991043624,'python',NULL);
CREATE TABLE cache (
	"key" TEXT NOT NULL, 
	task_run_id VARCHAR NOT NULL, 
	created_at BIGINT NOT NULL, 
	expires_at BIGINT, 
	PRIMARY KEY ("key")
)
 WITHOUT ROWID

;
CREATE TABLE deployment (
	id VARCHAR(32) NOT NULL, 
	flow_name VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	tags TEXT NOT NULL, 
	schedules TEXT NOT NULL, 
	catch_up VARCHAR NOT NULL, 
	paused BOOLEAN NOT NULL, 
	concurrency_limit INTEGER, 
	next_due_at BIGINT, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	entrypoint TEXT NOT NULL, 
	working_directory TEXT NOT NULL, 
	interpreter TEXT NOT NULL, 
	search_path TEXT, 
	arguments TEXT NOT NULL, 
	parameters BLOB NOT NULL, 
	parameter_schema TEXT, 
	deleted_at BIGINT, 
	PRIMARY KEY (id), 
	CONSTRAINT deployment_catch_up CHECK ((catch_up = 'once' OR catch_up = 'all' OR catch_up = 'skip')), 
	CONSTRAINT deployment_concurrency_limit CHECK (concurrency_limit > 0), 
	CONSTRAINT deployment_paused CHECK (next_due_at IS NULL OR NOT paused), 
	CONSTRAINT deployment_deleted CHECK (deleted_at IS NULL OR next_due_at IS NULL)
);
INSERT INTO "deployment" VALUES('01a22fd799577749aa5df09c1d301d00','report','nightly','[]','[{"kind": "cron", "rule": "0 6 * * *", "timezone": "UTC", "anchor": null}]','once',1,NULL,NULL,1796098988374499,1796098989214297,'{folder}/flows.py:report','{folder}','{python}','{folder}:/work/main/core:/work/main/tui','[]',X'4A7B22726567696F6E223A22736F757468227D','{"additionalProperties": false, "properties": {"region": {"default": "north", "title": "Region"}, "limit": {"default": 10, "title": "Limit"}}, "type": "object", "x-holdfast-lax": true}',NULL);
CREATE TABLE draft (
	id VARCHAR(32) NOT NULL, 
	wait_id VARCHAR, 
	listener_id VARCHAR, 
	deployment_id VARCHAR, 
	author VARCHAR NOT NULL, 
	kept_at BIGINT NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT draft_subject CHECK (coalesce(wait_id, listener_id, deployment_id) IS NOT NULL), 
	FOREIGN KEY(wait_id) REFERENCES wait (id) ON DELETE CASCADE, 
	FOREIGN KEY(listener_id) REFERENCES listener (id) ON DELETE CASCADE, 
	FOREIGN KEY(deployment_id) REFERENCES deployment (id) ON DELETE CASCADE
);
INSERT INTO "draft" VALUES('01a22fd7a3ca7c0a8c6e14662d288885','01a22fd76edb77fdb3648e3a213f985f',NULL,NULL,'ana',1796098991050763,'{"schema": "b45aa4117fd44bb7", "edits": {"at": {"0": {"text": "An", "typed": "2026-12-01T04:23:11.050181+00:00"}}}}');
CREATE TABLE event (
	seq INTEGER NOT NULL, 
	flow_run_id VARCHAR NOT NULL, 
	task_run_id VARCHAR, 
	kind VARCHAR NOT NULL, 
	"before" VARCHAR, 
	"after" VARCHAR NOT NULL, 
	at BIGINT NOT NULL, 
	actor VARCHAR NOT NULL, 
	detail TEXT, 
	PRIMARY KEY (seq), 
	FOREIGN KEY(flow_run_id) REFERENCES flow_run (id)
);
INSERT INTO "event" VALUES(1,'01a22fd76eae7524970c1575eda104d6',NULL,'state',NULL,'Running',1796098977473286,'ana',NULL);
INSERT INTO "event" VALUES(2,'01a22fd76eae7524970c1575eda104d6','01a22fd76ec77b9585f88abbe90d0dea','state',NULL,'Running',1796098977479807,'ana','draw_up-1');
INSERT INTO "event" VALUES(3,'01a22fd76eae7524970c1575eda104d6','01a22fd76ec77b9585f88abbe90d0dea','state','Running','Completed',1796098977482077,'ana',NULL);
INSERT INTO "event" VALUES(4,'01a22fd76eae7524970c1575eda104d6','01a22fd76ed37bbd9781b36e88dd38fa','state',NULL,'Running',1796098977491824,'ana','total-1');
INSERT INTO "event" VALUES(5,'01a22fd76eae7524970c1575eda104d6','01a22fd76ed37bbd9781b36e88dd38fa','state','Running','Completed',1796098977496664,'ana',NULL);
INSERT INTO "event" VALUES(6,'01a22fd76eae7524970c1575eda104d6',NULL,'opened','Running','Running',1796098977503658,'ana','1');
INSERT INTO "event" VALUES(7,'01a22fd76eae7524970c1575eda104d6',NULL,'request','Running','Suspending',1796098977506782,'ana',NULL);
INSERT INTO "event" VALUES(8,'01a22fd76eae7524970c1575eda104d6',NULL,'state','Suspending','Suspended',1796098977507885,'ana',NULL);
INSERT INTO "event" VALUES(9,'01a22fd771cd7fd7ab06b76d20961cf1',NULL,'state',NULL,'Running',1796098978273124,'ana',NULL);
INSERT INTO "event" VALUES(10,'01a22fd771cd7fd7ab06b76d20961cf1',NULL,'opened','Running','Running',1796098978280071,'ana','1');
INSERT INTO "event" VALUES(11,'01a22fd771cd7fd7ab06b76d20961cf1',NULL,'request','Running','Suspending',1796098978283658,'ana',NULL);
INSERT INTO "event" VALUES(12,'01a22fd771cd7fd7ab06b76d20961cf1',NULL,'state','Suspending','Suspended',1796098978284794,'ana',NULL);
INSERT INTO "event" VALUES(13,'01a22fd7750276aa816f0fb456af771b',NULL,'state',NULL,'Running',1796098979093473,'ana',NULL);
INSERT INTO "event" VALUES(14,'01a22fd7750276aa816f0fb456af771b',NULL,'opened','Running','Running',1796098979100529,'ana','budget');
INSERT INTO "event" VALUES(15,'01a22fd7750276aa816f0fb456af771b',NULL,'request','Running','Suspending',1796098979103779,'ana',NULL);
INSERT INTO "event" VALUES(16,'01a22fd7750276aa816f0fb456af771b',NULL,'state','Suspending','Suspended',1796098979105085,'ana',NULL);
INSERT INTO "event" VALUES(17,'01a22fd77815732d9409d9914a4083a8',NULL,'state',NULL,'Running',1796098979880847,'ana',NULL);
INSERT INTO "event" VALUES(18,'01a22fd7782b7855ba7bb0c6c76736f0',NULL,'state',NULL,'Running',1796098979883799,'ana',NULL);
INSERT INTO "event" VALUES(19,'01a22fd7782b7855ba7bb0c6c76736f0','01a22fd7783271d282b7ad5b78877c59','state',NULL,'Running',1796098979890182,'ana','draw_up-1');
INSERT INTO "event" VALUES(20,'01a22fd7782b7855ba7bb0c6c76736f0','01a22fd7783271d282b7ad5b78877c59','state','Running','Completed',1796098979891854,'ana',NULL);
INSERT INTO "event" VALUES(21,'01a22fd7782b7855ba7bb0c6c76736f0',NULL,'state','Running','Completed',1796098979894338,'ana',NULL);
INSERT INTO "event" VALUES(22,'01a22fd77838752fa0947daa5a199486',NULL,'state',NULL,'Running',1796098979896595,'ana',NULL);
INSERT INTO "event" VALUES(23,'01a22fd77838752fa0947daa5a199486',NULL,'opened','Running','Running',1796098979900411,'ana','1');
INSERT INTO "event" VALUES(24,'01a22fd77815732d9409d9914a4083a8',NULL,'request','Running','Suspending',1796098979903248,'ana','asking-child suspends itself.');
INSERT INTO "event" VALUES(25,'01a22fd77838752fa0947daa5a199486',NULL,'request','Running','Suspending',1796098979903370,'ana','asking-child suspends itself.');
INSERT INTO "event" VALUES(26,'01a22fd77838752fa0947daa5a199486',NULL,'state','Suspending','Suspended',1796098979903890,'ana',NULL);
INSERT INTO "event" VALUES(27,'01a22fd77815732d9409d9914a4083a8',NULL,'state','Suspending','Suspended',1796098979904105,'ana','Waits for an answer to asking-child.');
INSERT INTO "event" VALUES(28,'01a22fd77b0b7547a3f321ccf97fa2ea',NULL,'state',NULL,'Running',1796098980638510,'ana',NULL);
INSERT INTO "event" VALUES(29,'01a22fd77b0b7547a3f321ccf97fa2ea',NULL,'opened','Running','Running',1796098980643468,'ana','1');
INSERT INTO "event" VALUES(30,'01a22fd77b0b7547a3f321ccf97fa2ea',NULL,'request','Running','Suspending',1796098980646704,'ana',NULL);
INSERT INTO "event" VALUES(31,'01a22fd77b0b7547a3f321ccf97fa2ea',NULL,'state','Suspending','Suspended',1796098980647920,'ana',NULL);
INSERT INTO "event" VALUES(32,'01a22fd77e237084a7857c79adc0c019',NULL,'state',NULL,'Running',1796098981429130,'ana',NULL);
INSERT INTO "event" VALUES(33,'01a22fd77e237084a7857c79adc0c019','01a22fd77e3b74ffae0bb9e6c8ecbcdc','state',NULL,'Running',1796098981435380,'ana','draw_up-1');
INSERT INTO "event" VALUES(34,'01a22fd77e237084a7857c79adc0c019','01a22fd77e3b74ffae0bb9e6c8ecbcdc','state','Running','Completed',1796098981437458,'ana',NULL);
INSERT INTO "event" VALUES(35,'01a22fd77e237084a7857c79adc0c019',NULL,'state','Running','Completed',1796098981440010,'ana',NULL);
INSERT INTO "event" VALUES(36,'01a22fd780f57d24b8bef1ccc9e1ec85',NULL,'state',NULL,'Running',1796098982153113,'ana',NULL);
INSERT INTO "event" VALUES(37,'01a22fd780f57d24b8bef1ccc9e1ec85',NULL,'opened','Running','Running',1796098982160384,'ana','1');
INSERT INTO "event" VALUES(38,'01a22fd780f57d24b8bef1ccc9e1ec85',NULL,'request','Running','Suspending',1796098982163492,'ana',NULL);
INSERT INTO "event" VALUES(39,'01a22fd780f57d24b8bef1ccc9e1ec85',NULL,'state','Suspending','Suspended',1796098982164725,'ana',NULL);
INSERT INTO "event" VALUES(40,'01a22fd783e4741d833014fab4d96079',NULL,'state',NULL,'Running',1796098982906320,'ana',NULL);
INSERT INTO "event" VALUES(41,'01a22fd783e4741d833014fab4d96079','01a22fd784017200ab22e672d4a19126','state',NULL,'Running',1796098982913196,'ana','draw_up-1');
INSERT INTO "event" VALUES(42,'01a22fd783e4741d833014fab4d96079','01a22fd784017200ab22e672d4a19126','state','Running','Completed',1796098982915411,'ana',NULL);
INSERT INTO "event" VALUES(43,'01a22fd783e4741d833014fab4d96079',NULL,'state','Running','Failed',1796098982937964,'ana','Flow run encountered an exception: Refused: not repaired');
INSERT INTO "event" VALUES(44,'01a22fd786de7d908e1f310a40b3fe4a',NULL,'state',NULL,'Running',1796098983665813,'ana',NULL);
INSERT INTO "event" VALUES(45,'01a22fd786de7d908e1f310a40b3fe4a','01a22fd786f87288916d1808543fe2a7','state',NULL,'Running',1796098983672230,'ana','draw_up-1');
INSERT INTO "event" VALUES(46,'01a22fd786de7d908e1f310a40b3fe4a','01a22fd786f87288916d1808543fe2a7','state','Running','Completed',1796098983674409,'ana',NULL);
INSERT INTO "event" VALUES(47,'01a22fd78976775f9a8d2a18c92a5dae',NULL,'state',NULL,'Running',1796098984340933,'ana',NULL);
INSERT INTO "event" VALUES(48,'01a22fd78976775f9a8d2a18c92a5dae','01a22fd7899e731fb2b3bdf733d1ec6a','state',NULL,'Running',1796098984350295,'ana','draw_up-1');
INSERT INTO "event" VALUES(49,'01a22fd78976775f9a8d2a18c92a5dae','01a22fd7899e731fb2b3bdf733d1ec6a','state','Running','Completed',1796098984353365,'ana',NULL);
INSERT INTO "event" VALUES(50,'01a22fd78976775f9a8d2a18c92a5dae',NULL,'opened','Running','Running',1796098984361967,'ana','1');
INSERT INTO "event" VALUES(51,'01a22fd78976775f9a8d2a18c92a5dae',NULL,'request','Running','Suspending',1796098984366614,'ana',NULL);
INSERT INTO "event" VALUES(52,'01a22fd78976775f9a8d2a18c92a5dae',NULL,'state','Suspending','Suspended',1796098984368350,'ana',NULL);
INSERT INTO "event" VALUES(53,'01a22fd78c8478f294d49a840be6bfce',NULL,'state',NULL,'Running',1796098985111136,'ana',NULL);
INSERT INTO "event" VALUES(54,'01a22fd78c8478f294d49a840be6bfce',NULL,'listening','Running','Running',1796098985154790,'ana','int');
INSERT INTO "event" VALUES(55,'01a22fd786de7d908e1f310a40b3fe4a',NULL,'state','Running','Crashed',1796098985213083,'ana','Its process (pid 2208 on vm) died. Go on from what is finished with: holdfast retry');
INSERT INTO "event" VALUES(56,'01a22fd78c8478f294d49a840be6bfce',NULL,'sent','Running','Running',1796098985219604,'ana','input-1');
INSERT INTO "event" VALUES(57,'01a22fd78c8478f294d49a840be6bfce',NULL,'received','Running','Running',1796098985222791,'ana','input-1');
INSERT INTO "event" VALUES(58,'01a22fd78c8478f294d49a840be6bfce',NULL,'opened','Running','Running',1796098985225738,'ana','1');
INSERT INTO "event" VALUES(59,'01a22fd78c8478f294d49a840be6bfce',NULL,'request','Running','Suspending',1796098985228700,'ana',NULL);
INSERT INTO "event" VALUES(60,'01a22fd78c8478f294d49a840be6bfce',NULL,'state','Suspending','Suspended',1796098985230126,'ana',NULL);
INSERT INTO "event" VALUES(61,'01a22fd78fb2749a95e37411c52c5c2c',NULL,'state',NULL,'Running',1796098985924009,'ana',NULL);
INSERT INTO "event" VALUES(62,'01a22fd78fb2749a95e37411c52c5c2c','01a22fd78fca7342b0757426bac7ad17','state',NULL,'Running',1796098985930274,'ana','draw_up-1');
INSERT INTO "event" VALUES(63,'01a22fd78fb2749a95e37411c52c5c2c','01a22fd78fca7342b0757426bac7ad17','state','Running','Completed',1796098985932400,'ana',NULL);
INSERT INTO "event" VALUES(64,'01a22fd78fb2749a95e37411c52c5c2c','01a22fd78fcd78a0a39fbfa0c6cff025','state',NULL,'Running',1796098985933581,'ana','ask-1');
INSERT INTO "event" VALUES(65,'01a22fd78fb2749a95e37411c52c5c2c',NULL,'opened','Running','Running',1796098985938151,'ana','ask-cff025');
INSERT INTO "event" VALUES(66,'01a22fd78fb2749a95e37411c52c5c2c',NULL,'state','Running','Paused',1796098985940732,'ana',NULL);
INSERT INTO "event" VALUES(67,'01a22fd78fb2749a95e37411c52c5c2c',NULL,'state','Paused','Suspended',1796098985997916,'ana','Its process (pid 2215 on vm) died.');
INSERT INTO "event" VALUES(68,'01a22fd78fb2749a95e37411c52c5c2c','01a22fd78fcd78a0a39fbfa0c6cff025','state','Running','Crashed',1796098985998099,'ana','Its process (pid 2215 on vm) died.');
INSERT INTO "event" VALUES(69,'01a22fd771cd7fd7ab06b76d20961cf1',NULL,'answered','Suspended','Suspended',1796098986009587,'ana','1');
INSERT INTO "event" VALUES(70,'01a22fd771cd7fd7ab06b76d20961cf1',NULL,'state','Suspended','Resuming',1796098986009655,'ana',NULL);
INSERT INTO "event" VALUES(71,'01a22fd771cd7fd7ab06b76d20961cf1',NULL,'state','Resuming','Pending',1796098986705787,'ana',NULL);
INSERT INTO "event" VALUES(72,'01a22fd771cd7fd7ab06b76d20961cf1',NULL,'state','Pending','Running',1796098987417785,'ana',NULL);
INSERT INTO "event" VALUES(73,'01a22fd771cd7fd7ab06b76d20961cf1',NULL,'decided','Running','Running',1796098987424528,'ana','1');
INSERT INTO "event" VALUES(74,'01a22fd771cd7fd7ab06b76d20961cf1','01a22fd795a87e3f9a75ef232fc6c20d','state',NULL,'Running',1796098987432984,'ana','refuse-1');
INSERT INTO "event" VALUES(75,'01a22fd771cd7fd7ab06b76d20961cf1','01a22fd795a87e3f9a75ef232fc6c20d','state','Running','Failed',1796098987448666,'ana','Refused: twice');
INSERT INTO "event" VALUES(76,'01a22fd771cd7fd7ab06b76d20961cf1',NULL,'opened','Running','Running',1796098987450709,'ana','2');
INSERT INTO "event" VALUES(77,'01a22fd771cd7fd7ab06b76d20961cf1',NULL,'request','Running','Suspending',1796098987451092,'ana',NULL);
INSERT INTO "event" VALUES(78,'01a22fd771cd7fd7ab06b76d20961cf1',NULL,'state','Suspending','Suspended',1796098987451553,'ana',NULL);
INSERT INTO "event" VALUES(79,'01a22fd7a0297f7cb867f6ccba37bf04',NULL,'state',NULL,'Scheduled',1796098990121981,'ana',NULL);
INSERT INTO "event" VALUES(80,'01a22fd7a33d70bb973b901ec297c888',NULL,'state',NULL,'Running',1796098990927103,'ana',NULL);
INSERT INTO "event" VALUES(81,'01a22fd7a33d70bb973b901ec297c888',NULL,'opened','Running','Running',1796098990934142,'ana','1');
INSERT INTO "event" VALUES(82,'01a22fd7a33d70bb973b901ec297c888',NULL,'request','Running','Suspending',1796098990937065,'ana',NULL);
INSERT INTO "event" VALUES(83,'01a22fd7a33d70bb973b901ec297c888',NULL,'state','Suspending','Suspended',1796098990938337,'ana',NULL);
INSERT INTO "event" VALUES(84,'01a22fd7a0297f7cb867f6ccba37bf04',NULL,'state','Scheduled','Late',1796098991042291,'ana','No worker has taken it yet.');
INSERT INTO "event" VALUES(85,'01a22fd78976775f9a8d2a18c92a5dae',NULL,'answered','Suspended','Suspended',1796098991043715,'ana','1');
INSERT INTO "event" VALUES(86,'01a22fd78976775f9a8d2a18c92a5dae',NULL,'state','Suspended','Resuming',1796098991043777,'ana',NULL);
INSERT INTO "event" VALUES(87,'01a22fd78c8478f294d49a840be6bfce',NULL,'sent','Suspended','Suspended',1796098991046906,'ana','input-2');
INSERT INTO "event" VALUES(88,'01a22fd780f57d24b8bef1ccc9e1ec85',NULL,'state','Suspended','Cancelled',1796098991047872,'ana','ana asked to cancel (python).');
INSERT INTO "event" VALUES(89,'01a22fd780f57d24b8bef1ccc9e1ec85',NULL,'withdrawn','Cancelled','Cancelled',1796098991047872,'ana','1');
CREATE TABLE flow_run (
	id VARCHAR(32) NOT NULL, 
	name VARCHAR NOT NULL, 
	flow_name VARCHAR NOT NULL, 
	state_type VARCHAR NOT NULL, 
	state_name VARCHAR NOT NULL, 
	state_message TEXT, 
	state_at BIGINT NOT NULL, 
	created_at BIGINT NOT NULL, 
	started_at BIGINT, 
	ended_at BIGINT, 
	due_at BIGINT, 
	executions INTEGER NOT NULL, 
	recoveries INTEGER NOT NULL, 
	parent_id VARCHAR, 
	root_id VARCHAR NOT NULL, 
	request VARCHAR, 
	requested_by VARCHAR, 
	requested_at BIGINT, 
	host_id VARCHAR, 
	call VARCHAR, 
	deployment_id VARCHAR, 
	idempotency_key VARCHAR, 
	caller_id VARCHAR, 
	awaited BOOLEAN, 
	entrypoint TEXT, 
	working_directory TEXT NOT NULL, 
	interpreter TEXT NOT NULL, 
	search_path TEXT, 
	arguments TEXT NOT NULL, 
	parameters BLOB NOT NULL, 
	attempt INTEGER DEFAULT '1' NOT NULL, 
	tags TEXT, 
	PRIMARY KEY (id), 
	CONSTRAINT flow_run_state_type CHECK ((state_type = 'SCHEDULED' OR state_type = 'PENDING' OR state_type = 'RUNNING' OR state_type = 'PAUSED' OR state_type = 'CANCELLING' OR state_type = 'CANCELLED' OR state_type = 'COMPLETED' OR state_type = 'FAILED' OR state_type = 'CRASHED')), 
	CONSTRAINT flow_run_request CHECK (request IS NULL OR (request = 'pause' OR request = 'suspend' OR request = 'cancel' OR request = 'unwind' OR request = 'release')), 
	CONSTRAINT flow_run_id CHECK (length(id) = 32), 
	FOREIGN KEY(parent_id) REFERENCES flow_run (id), 
	FOREIGN KEY(root_id) REFERENCES flow_run (id), 
	FOREIGN KEY(host_id) REFERENCES host (id), 
	FOREIGN KEY(deployment_id) REFERENCES deployment (id), 
	FOREIGN KEY(caller_id) REFERENCES flow_run (id)
);
INSERT INTO "flow_run" VALUES('01a22fd76eae7524970c1575eda104d6','contract','contract','PAUSED','Suspended',NULL,1796098977507885,1796098977473286,1796098977473286,NULL,NULL,1,0,NULL,'01a22fd76eae7524970c1575eda104d6',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{folder}/flows.py:contract','{folder}','{python}','{folder}:/work/main/core:/work/main/tui','["contract"]',X'4A7B22637573746F6D6572223A2241434D45227D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22fd771cd7fd7ab06b76d20961cf1','second-question','second-question','PAUSED','Suspended',NULL,1796098987451553,1796098978273124,1796098978273124,NULL,NULL,2,0,NULL,'01a22fd771cd7fd7ab06b76d20961cf1',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{folder}/flows.py:second_question','{folder}','{python}','{folder}:/work/main/core:/work/main/tui','["second_question"]',X'4A7B7D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22fd7750276aa816f0fb456af771b','keyed','keyed','PAUSED','Suspended',NULL,1796098979105085,1796098979093473,1796098979093473,NULL,NULL,1,0,NULL,'01a22fd7750276aa816f0fb456af771b',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{folder}/flows.py:keyed','{folder}','{python}','{folder}:/work/main/core:/work/main/tui','["keyed"]',X'4A7B7D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22fd77815732d9409d9914a4083a8','tree','tree','PAUSED','Suspended','Waits for an answer to asking-child.',1796098979904105,1796098979880847,1796098979880847,NULL,NULL,1,0,NULL,'01a22fd77815732d9409d9914a4083a8',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{folder}/flows.py:tree','{folder}','{python}','{folder}:/work/main/core:/work/main/tui','["tree"]',X'4A7B7D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22fd7782b7855ba7bb0c6c76736f0','child','child','COMPLETED','Completed',NULL,1796098979894338,1796098979883799,1796098979883799,1796098979894338,NULL,1,0,'01a22fd77815732d9409d9914a4083a8','01a22fd77815732d9409d9914a4083a8',NULL,NULL,NULL,NULL,'flows.child(7681ed116d29d450cf1a810d)#1',NULL,NULL,NULL,NULL,'{folder}/flows.py:child','{folder}','{python}','{folder}:/work/main/core:/work/main/tui','["tree"]',X'4A7B226E756D626572223A317D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22fd77838752fa0947daa5a199486','asking-child','asking-child','PAUSED','Suspended',NULL,1796098979903890,1796098979896595,1796098979896595,NULL,NULL,1,0,'01a22fd77815732d9409d9914a4083a8','01a22fd77815732d9409d9914a4083a8',NULL,NULL,NULL,NULL,'flows.asking_child(bf78e4a953b40eee238ca2e9)#1',NULL,NULL,NULL,NULL,'{folder}/flows.py:asking_child','{folder}','{python}','{folder}:/work/main/core:/work/main/tui','["tree"]',X'4A7B7D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22fd77b0b7547a3f321ccf97fa2ea','go-ahead','go-ahead','PAUSED','Suspended',NULL,1796098980647920,1796098980638510,1796098980638510,NULL,NULL,1,0,NULL,'01a22fd77b0b7547a3f321ccf97fa2ea',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{folder}/flows.py:go_ahead','{folder}','{python}','{folder}:/work/main/core:/work/main/tui','["go_ahead"]',X'4A7B7D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22fd77e237084a7857c79adc0c019','finished','finished','COMPLETED','Completed',NULL,1796098981440010,1796098981429130,1796098981429130,1796098981440010,NULL,1,0,NULL,'01a22fd77e237084a7857c79adc0c019',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{folder}/flows.py:finished','{folder}','{python}','{folder}:/work/main/core:/work/main/tui','["finished"]',X'4A7B7D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22fd780f57d24b8bef1ccc9e1ec85','cancelled','cancelled','CANCELLED','Cancelled','ana asked to cancel (python).',1796098991047872,1796098982153113,1796098982153113,1796098991047872,NULL,1,0,NULL,'01a22fd780f57d24b8bef1ccc9e1ec85',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{folder}/flows.py:cancelled','{folder}','{python}','{folder}:/work/main/core:/work/main/tui','["cancelled"]',X'4A7B7D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22fd783e4741d833014fab4d96079','failed','failed','FAILED','Failed','Flow run encountered an exception: Refused: not repaired',1796098982937964,1796098982906320,1796098982906320,1796098982937964,NULL,1,0,NULL,'01a22fd783e4741d833014fab4d96079',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{folder}/flows.py:failed','{folder}','{python}','{folder}:/work/main/core:/work/main/tui','["failed"]',X'4A7B7D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22fd786de7d908e1f310a40b3fe4a','crashed','crashed','CRASHED','Crashed','Its process (pid 2208 on vm) died. Go on from what is finished with: holdfast retry',1796098985213083,1796098983665813,1796098983665813,1796098985213083,NULL,1,0,NULL,'01a22fd786de7d908e1f310a40b3fe4a',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{folder}/flows.py:crashed','{folder}','{python}','{folder}:/work/main/core:/work/main/tui','["crashed"]',X'4A7B7D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22fd78976775f9a8d2a18c92a5dae','answered','answered','SCHEDULED','Resuming',NULL,1796098991043777,1796098984340933,1796098984340933,NULL,-1796098991043764,1,0,NULL,'01a22fd78976775f9a8d2a18c92a5dae',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{folder}/flows.py:answered','{folder}','{python}','{folder}:/work/main/core:/work/main/tui','["answered"]',X'4A7B7D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22fd78c8478f294d49a840be6bfce','desk','desk','PAUSED','Suspended',NULL,1796098985230126,1796098985111136,1796098985111136,NULL,NULL,1,0,NULL,'01a22fd78c8478f294d49a840be6bfce',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{folder}/flows.py:desk','{folder}','{python}','{folder}:/work/main/core:/work/main/tui','["desk"]',X'4A7B7D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22fd78fb2749a95e37411c52c5c2c','paused-in-task','paused-in-task','PAUSED','Suspended','Its process (pid 2215 on vm) died.',1796098985997916,1796098985924009,1796098985924009,NULL,NULL,1,0,NULL,'01a22fd78fb2749a95e37411c52c5c2c',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{folder}/flows.py:paused_in_task','{folder}','{python}','{folder}:/work/main/core:/work/main/tui','["paused_in_task"]',X'4A7B7D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22fd7a0297f7cb867f6ccba37bf04','holistic-guan','report','SCHEDULED','Late','No worker has taken it yet.',1796098991042291,1796098990121981,NULL,NULL,1767225600000000,0,0,NULL,'01a22fd7a0297f7cb867f6ccba37bf04',NULL,NULL,NULL,NULL,NULL,'01a22fd799577749aa5df09c1d301d00',NULL,NULL,NULL,'{folder}/flows.py:report','{folder}','{python}','{folder}:/work/main/core:/work/main/tui','[]',X'4A7B22726567696F6E223A22736F757468222C226C696D6974223A337D',1,NULL);
INSERT INTO "flow_run" VALUES('01a22fd7a33d70bb973b901ec297c888','expired','expired','PAUSED','Suspended',NULL,1796098990938337,1796098990927103,1796098990927103,NULL,NULL,1,0,NULL,'01a22fd7a33d70bb973b901ec297c888',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{folder}/flows.py:expired','{folder}','{python}','{folder}:/work/main/core:/work/main/tui','["expired"]',X'4A7B7D',1,NULL);
CREATE TABLE host (
	id VARCHAR(32) NOT NULL, 
	kind VARCHAR NOT NULL, 
	pid INTEGER NOT NULL, 
	process_start VARCHAR NOT NULL, 
	hostname VARCHAR NOT NULL, 
	slots INTEGER NOT NULL, 
	registered_at BIGINT NOT NULL, 
	lease_until BIGINT, 
	place VARCHAR, 
	worker_id VARCHAR, 
	PRIMARY KEY (id), 
	CONSTRAINT host_kind CHECK ((kind = 'script' OR kind = 'worker' OR kind = 'child'))
);
CREATE TABLE json_schema (
	digest VARCHAR(32) NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (digest)
);
INSERT INTO "json_schema" VALUES('b45aa4117fd44bb7c22285addb723dc3','{"additionalProperties": false, "properties": {"signed_by": {"title": "Signed By", "type": "string"}, "copies": {"default": 2, "title": "Copies", "type": "integer"}, "deposit": {"anyOf": [{"type": "number"}, {"type": "string"}], "default": "0.10", "format": "decimal", "title": "Deposit"}}, "required": ["signed_by"], "title": "Signature", "type": "object", "x-holdfast-lax": true}');
INSERT INTO "json_schema" VALUES('48ba5831553b50e27627cc13b12f33d3','{"additionalProperties": false, "properties": {"value": {"title": "Value", "type": "boolean"}}, "required": ["value"], "type": "object", "x-holdfast-lax": true}');
INSERT INTO "json_schema" VALUES('1ace737b78faed2abeacd4cbad2bf9e3','{"additionalProperties": false, "properties": {"value": {"title": "Value", "type": "integer"}}, "required": ["value"], "type": "object", "x-holdfast-lax": true}');
INSERT INTO "json_schema" VALUES('d69eabd0538d8a916cfce2d5a2cbea1b','{"additionalProperties": false, "properties": {"value": {"anyOf": [{"type": "number"}, {"type": "string"}], "format": "decimal", "title": "Value"}}, "required": ["value"], "type": "object", "x-holdfast-lax": true}');
INSERT INTO "json_schema" VALUES('e351e8538fce9af7e86450f497d8842a','{"additionalProperties": false, "properties": {"value": {"title": "Value", "type": "string"}}, "required": ["value"], "type": "object", "x-holdfast-lax": true}');
CREATE TABLE listener (
	id VARCHAR(32) NOT NULL, 
	flow_run_id VARCHAR NOT NULL, 
	lasting INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	prefix VARCHAR, 
	type_digest VARCHAR NOT NULL, 
	opened_at BIGINT NOT NULL, 
	deadline BIGINT, 
	schema_digest VARCHAR NOT NULL, 
	description TEXT, 
	initial TEXT, 
	PRIMARY KEY (id), 
	CONSTRAINT listener_lasting CHECK (lasting IN (0, 1)), 
	FOREIGN KEY(flow_run_id) REFERENCES flow_run (id), 
	FOREIGN KEY(schema_digest) REFERENCES json_schema (digest)
);
CREATE TABLE log (
	seq INTEGER NOT NULL, 
	flow_run_id VARCHAR NOT NULL, 
	task_run_id VARCHAR, 
	at BIGINT NOT NULL, 
	level INTEGER NOT NULL, 
	message TEXT NOT NULL, 
	PRIMARY KEY (seq), 
	FOREIGN KEY(flow_run_id) REFERENCES flow_run (id)
);
INSERT INTO "log" VALUES(1,'01a22fd76eae7524970c1575eda104d6',NULL,1796098977508800,20,'Suspended; nothing of it runs. Go on with: holdfast resume contract');
INSERT INTO "log" VALUES(2,'01a22fd771cd7fd7ab06b76d20961cf1',NULL,1796098978285972,20,'Suspended; nothing of it runs. Go on with: holdfast resume second-question');
INSERT INTO "log" VALUES(3,'01a22fd7750276aa816f0fb456af771b',NULL,1796098979106245,20,'Suspended; nothing of it runs. Go on with: holdfast resume keyed');
INSERT INTO "log" VALUES(4,'01a22fd77815732d9409d9914a4083a8',NULL,1796098979904791,20,'Suspended; nothing of it runs. Go on with: holdfast resume tree');
INSERT INTO "log" VALUES(5,'01a22fd77b0b7547a3f321ccf97fa2ea',NULL,1796098980649061,20,'Suspended; nothing of it runs. Go on with: holdfast resume go-ahead');
INSERT INTO "log" VALUES(6,'01a22fd780f57d24b8bef1ccc9e1ec85',NULL,1796098982165841,20,'Suspended; nothing of it runs. Go on with: holdfast resume cancelled');
INSERT INTO "log" VALUES(7,'01a22fd783e4741d833014fab4d96079',NULL,1796098982916962,40,'Traceback (most recent call last):
  File "{folder}/flows.py", line 141, in failed
    raise Refused("not repaired")
Refused: not repaired
');
INSERT INTO "log" VALUES(8,'01a22fd78976775f9a8d2a18c92a5dae',NULL,1796098984369969,20,'Suspended; nothing of it runs. Go on with: holdfast resume answered');
INSERT INTO "log" VALUES(9,'01a22fd78c8478f294d49a840be6bfce',NULL,1796098985231094,20,'Suspended; nothing of it runs. Go on with: holdfast resume desk');
INSERT INTO "log" VALUES(10,'01a22fd78fb2749a95e37411c52c5c2c',NULL,1796098985941678,20,'Paused: waits for an answer. Give it with: holdfast resume paused-in-task');
INSERT INTO "log" VALUES(11,'01a22fd771cd7fd7ab06b76d20961cf1','01a22fd795a87e3f9a75ef232fc6c20d',1796098987434168,40,'Traceback (most recent call last):
  File "{folder}/flows.py", line 50, in refuse
    raise Refused(why)
flows.Refused: twice
');
INSERT INTO "log" VALUES(12,'01a22fd771cd7fd7ab06b76d20961cf1',NULL,1796098987451397,20,'Execution 2: finished calls reused: 0, calls made: 1.');
INSERT INTO "log" VALUES(13,'01a22fd771cd7fd7ab06b76d20961cf1',NULL,1796098987452057,20,'Suspended; nothing of it runs. Go on with: holdfast resume second-question');
INSERT INTO "log" VALUES(14,'01a22fd7a33d70bb973b901ec297c888',NULL,1796098990939319,20,'Suspended; nothing of it runs. Go on with: holdfast resume expired');
CREATE TABLE message (
	id INTEGER NOT NULL, 
	flow_run_id VARCHAR NOT NULL, 
	prefix VARCHAR, 
	type_digest VARCHAR, 
	payload TEXT NOT NULL, 
	sender TEXT, 
	sent_at BIGINT NOT NULL, 
	call VARCHAR, 
	PRIMARY KEY (id), 
	CONSTRAINT message_channel CHECK (prefix IS NOT NULL OR type_digest IS NOT NULL), 
	FOREIGN KEY(flow_run_id) REFERENCES flow_run (id)
);
INSERT INTO "message" VALUES(1,'01a22fd78c8478f294d49a840be6bfce',NULL,'a0d634a183c125c76c4e0277cd9dd980','{"value": 1}','ana',1796098985218770,NULL);
INSERT INTO "message" VALUES(2,'01a22fd78c8478f294d49a840be6bfce',NULL,'a0d634a183c125c76c4e0277cd9dd980','{"value": 2}','ana',1796098991046833,NULL);
CREATE TABLE receipt (
	flow_run_id VARCHAR(32) NOT NULL, 
	receiver VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	message_id INTEGER, 
	raised INTEGER NOT NULL, 
	received_at BIGINT NOT NULL, 
	PRIMARY KEY (flow_run_id, receiver, position), 
	CONSTRAINT receipt_raised CHECK (raised IN (0, 1) AND (raised = 0 OR message_id IS NULL)), 
	FOREIGN KEY(flow_run_id) REFERENCES flow_run (id), 
	FOREIGN KEY(message_id) REFERENCES message (id)
)
 WITHOUT ROWID

;
INSERT INTO "receipt" VALUES('01a22fd78c8478f294d49a840be6bfce','flow: a0d634a183c1#1',0,1,0,1796098985222025);
CREATE TABLE result (
	run_id VARCHAR(32) NOT NULL, 
	body BLOB NOT NULL, 
	PRIMARY KEY (run_id)
)
 WITHOUT ROWID

;
INSERT INTO "result" VALUES('01a22fd76ec77b9585f88abbe90d0dea',X'4A22436F6E747261637420776974682041434D4522');
INSERT INTO "result" VALUES('01a22fd76ed37bbd9781b36e88dd38fa',X'500000000F446563696D616C2827322E3230272980049522000000000000008C07646563696D616C948C07446563696D616C9493948C04322E323094859452942E');
INSERT INTO "result" VALUES('01a22fd7782b7855ba7bb0c6c76736f0',X'4A22436F6E74726163742077697468206368696C64203122');
INSERT INTO "result" VALUES('01a22fd7783271d282b7ad5b78877c59',X'4A22436F6E74726163742077697468206368696C64203122');
INSERT INTO "result" VALUES('01a22fd77e237084a7857c79adc0c019',X'4A22436F6E747261637420776974682066696E697368656422');
INSERT INTO "result" VALUES('01a22fd77e3b74ffae0bb9e6c8ecbcdc',X'4A22436F6E747261637420776974682066696E697368656422');
INSERT INTO "result" VALUES('01a22fd783e4741d833014fab4d96079',X'450000009354726163656261636B20286D6F737420726563656E742063616C6C206C617374293A0A202046696C6520222F746D702F746D707A787432676268662F666C6F77732E7079222C206C696E65203134312C20696E206661696C65640A202020207261697365205265667573656428226E6F7420726570616972656422290A526566757365643A206E6F742072657061697265640A800595D6000000000000008C1B686F6C64666173742E656E67696E652E6572726F725F7061727473948C046D616B659493948C1D686F6C64666173742E656E67696E652E636F64655F6C6F636174696F6E948C056E616D65649493948C05666C6F7773948C075265667573656494869452944E8694529468008C07726573746F7265949394680B7D94288C0461726773948C0C6E6F742072657061697265649485948C066E6174697665947D948C0A61747472696275746573947D948C056361757365944E8C07636F6E74657874944E8C0873757070726573739489758652302E');
INSERT INTO "result" VALUES('01a22fd784017200ab22e672d4a19126',X'4A22436F6E74726163742077697468206661696C656422');
INSERT INTO "result" VALUES('01a22fd786f87288916d1808543fe2a7',X'4A22436F6E74726163742077697468206372617368656422');
INSERT INTO "result" VALUES('01a22fd7899e731fb2b3bdf733d1ec6a',X'4A22436F6E7472616374207769746820616E73776572656422');
INSERT INTO "result" VALUES('01a22fd78fca7342b0757426bac7ad17',X'4A22436F6E747261637420776974682070617573656422');
INSERT INTO "result" VALUES('01a22fd795a87e3f9a75ef232fc6c20d',X'450000008654726163656261636B20286D6F737420726563656E742063616C6C206C617374293A0A202046696C6520222F746D702F746D707A787432676268662F666C6F77732E7079222C206C696E652035302C20696E207265667573650A202020207261697365205265667573656428776879290A666C6F77732E526566757365643A2074776963650A800595CF000000000000008C1B686F6C64666173742E656E67696E652E6572726F725F7061727473948C046D616B659493948C1D686F6C64666173742E656E67696E652E636F64655F6C6F636174696F6E948C056E616D65649493948C05666C6F7773948C075265667573656494869452944E8694529468008C07726573746F7265949394680B7D94288C0461726773948C0574776963659485948C066E6174697665947D948C0A61747472696275746573947D948C056361757365944E8C07636F6E74657874944E8C0873757070726573739489758652302E');
CREATE TABLE task_run (
	flow_run_id VARCHAR(32) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	call VARCHAR NOT NULL, 
	task_name VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	state_type VARCHAR NOT NULL, 
	state_name VARCHAR NOT NULL, 
	state_message TEXT, 
	state_at BIGINT NOT NULL, 
	started_at BIGINT NOT NULL, 
	ended_at BIGINT, 
	reused INTEGER NOT NULL, 
	attempt INTEGER DEFAULT '1' NOT NULL, 
	tags TEXT, 
	called_at BIGINT, 
	inputs TEXT, 
	PRIMARY KEY (flow_run_id, id), 
	CONSTRAINT task_run_state_type CHECK ((state_type = 'SCHEDULED' OR state_type = 'PENDING' OR state_type = 'RUNNING' OR state_type = 'PAUSED' OR state_type = 'CANCELLING' OR state_type = 'CANCELLED' OR state_type = 'COMPLETED' OR state_type = 'FAILED' OR state_type = 'CRASHED')), 
	FOREIGN KEY(flow_run_id) REFERENCES flow_run (id)
)
 WITHOUT ROWID

;
INSERT INTO "task_run" VALUES('01a22fd76eae7524970c1575eda104d6','01a22fd76ec77b9585f88abbe90d0dea','flows.draw_up(b5164d71c88af929e699af93)#1','draw_up','draw_up-1','COMPLETED','Completed',NULL,1796098977482077,1796098977479807,1796098977482077,0,1,NULL,NULL,'{"customer":"''ACME''"}');
INSERT INTO "task_run" VALUES('01a22fd76eae7524970c1575eda104d6','01a22fd76ed37bbd9781b36e88dd38fa','flows.total(~c6872da3e29237e793522a07)#1','total','total-1','COMPLETED','Completed',NULL,1796098977496664,1796098977491824,1796098977496664,0,1,NULL,NULL,'{"order":"Order(article=''gear'', price=Decimal(''1.10''))"}');
INSERT INTO "task_run" VALUES('01a22fd771cd7fd7ab06b76d20961cf1','01a22fd795a87e3f9a75ef232fc6c20d','flows.refuse(5cd27a9cb84e9b9d438b68ea)#1','refuse','refuse-1','FAILED','Failed','Refused: twice',1796098987448666,1796098987432984,1796098987448666,0,1,NULL,NULL,'{"why":"''twice''"}');
INSERT INTO "task_run" VALUES('01a22fd7782b7855ba7bb0c6c76736f0','01a22fd7783271d282b7ad5b78877c59','flows.draw_up(84fb326c351e45f030cfdd4c)#1','draw_up','draw_up-1','COMPLETED','Completed',NULL,1796098979891854,1796098979890182,1796098979891854,0,1,NULL,NULL,'{"customer":"''child 1''"}');
INSERT INTO "task_run" VALUES('01a22fd77e237084a7857c79adc0c019','01a22fd77e3b74ffae0bb9e6c8ecbcdc','flows.draw_up(599fb9e26e0e87cf36448140)#1','draw_up','draw_up-1','COMPLETED','Completed',NULL,1796098981437458,1796098981435380,1796098981437458,0,1,NULL,NULL,'{"customer":"''finished''"}');
INSERT INTO "task_run" VALUES('01a22fd783e4741d833014fab4d96079','01a22fd784017200ab22e672d4a19126','flows.draw_up(24a7111bd87619c384145b74)#1','draw_up','draw_up-1','COMPLETED','Completed',NULL,1796098982915411,1796098982913196,1796098982915411,0,1,NULL,NULL,'{"customer":"''failed''"}');
INSERT INTO "task_run" VALUES('01a22fd786de7d908e1f310a40b3fe4a','01a22fd786f87288916d1808543fe2a7','flows.draw_up(6126bf64dce201b980d1bac9)#1','draw_up','draw_up-1','COMPLETED','Completed',NULL,1796098983674409,1796098983672230,1796098983674409,0,1,NULL,NULL,'{"customer":"''crashed''"}');
INSERT INTO "task_run" VALUES('01a22fd78976775f9a8d2a18c92a5dae','01a22fd7899e731fb2b3bdf733d1ec6a','flows.draw_up(5a919bed2653af822995dc87)#1','draw_up','draw_up-1','COMPLETED','Completed',NULL,1796098984353365,1796098984350295,1796098984353365,0,1,NULL,NULL,'{"customer":"''answered''"}');
INSERT INTO "task_run" VALUES('01a22fd78fb2749a95e37411c52c5c2c','01a22fd78fca7342b0757426bac7ad17','flows.draw_up(4f05ad907662ad39c3330d86)#1','draw_up','draw_up-1','COMPLETED','Completed',NULL,1796098985932400,1796098985930274,1796098985932400,0,1,NULL,NULL,'{"customer":"''paused''"}');
INSERT INTO "task_run" VALUES('01a22fd78fb2749a95e37411c52c5c2c','01a22fd78fcd78a0a39fbfa0c6cff025','flows.ask(bf78e4a953b40eee238ca2e9)#1','ask','ask-1','CRASHED','Crashed','Its process died.',1796098985998099,1796098985933581,1796098985998099,0,1,NULL,NULL,'{}');
CREATE TABLE wait (
	id VARCHAR(32) NOT NULL, 
	flow_run_id VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	opened_at BIGINT NOT NULL, 
	deadline BIGINT, 
	closed_at BIGINT, 
	schema_digest VARCHAR, 
	description TEXT, 
	initial TEXT, 
	identity VARCHAR NOT NULL, 
	scope VARCHAR NOT NULL, 
	asked_in INTEGER NOT NULL, 
	replaces_id VARCHAR, 
	set_aside_at BIGINT, 
	PRIMARY KEY (id), 
	CONSTRAINT wait_status CHECK ((status = 'open' OR status = 'decided' OR status = 'expired' OR status = 'withdrawn' OR status = 'superseded')), 
	CONSTRAINT wait_closed CHECK ((status = 'open') = (closed_at IS NULL)), 
	FOREIGN KEY(flow_run_id) REFERENCES flow_run (id), 
	FOREIGN KEY(schema_digest) REFERENCES json_schema (digest), 
	FOREIGN KEY(replaces_id) REFERENCES wait (id)
);
INSERT INTO "wait" VALUES('01a22fd76edb77fdb3648e3a213f985f','01a22fd76eae7524970c1575eda104d6','1','open',1796098977503658,NULL,NULL,'b45aa4117fd44bb7c22285addb723dc3','Please **sign**.','{"copies": 2}','WOgbGOkIalPOh1eT#1','',1,NULL,NULL);
INSERT INTO "wait" VALUES('01a22fd771e47d9fbbba595fa7ff67ae','01a22fd771cd7fd7ab06b76d20961cf1','1','decided',1796098978280071,NULL,1796098987424528,'48ba5831553b50e27627cc13b12f33d3',NULL,NULL,'buvFkhy5lYrB78C-#1','',2,NULL,NULL);
INSERT INTO "wait" VALUES('01a22fd775197412b306e49cf8d3d17b','01a22fd7750276aa816f0fb456af771b','budget','open',1796098979100529,NULL,NULL,'1ace737b78faed2abeacd4cbad2bf9e3',NULL,NULL,'-SxjbuNSkerQhBeY=budget','=budget',1,NULL,NULL);
INSERT INTO "wait" VALUES('01a22fd7783a76d8a351f17f4778e405','01a22fd77838752fa0947daa5a199486','1','open',1796098979900411,NULL,NULL,'48ba5831553b50e27627cc13b12f33d3',NULL,NULL,'buvFkhy5lYrB78C-#1','',1,NULL,NULL);
INSERT INTO "wait" VALUES('01a22fd77b207d6c8e9deb43c64e4b23','01a22fd77b0b7547a3f321ccf97fa2ea','1','open',1796098980643468,NULL,NULL,NULL,NULL,NULL,'MGLR-fcKZsY76gPM#1','',1,NULL,NULL);
INSERT INTO "wait" VALUES('01a22fd7810d716a913d1795a9c752cc','01a22fd780f57d24b8bef1ccc9e1ec85','1','withdrawn',1796098982160384,NULL,1796098991047872,'1ace737b78faed2abeacd4cbad2bf9e3',NULL,NULL,'KQUH8XgVOQafyvpj#1','',1,NULL,NULL);
INSERT INTO "wait" VALUES('01a22fd789a577eda392a63790318a08','01a22fd78976775f9a8d2a18c92a5dae','1','open',1796098984361967,NULL,NULL,'d69eabd0538d8a916cfce2d5a2cbea1b',NULL,NULL,'aXutmF7Ih_E9dUOR#1','',1,NULL,NULL);
INSERT INTO "wait" VALUES('01a22fd78d07778c9d3db55b7ac6f76a','01a22fd78c8478f294d49a840be6bfce','1','open',1796098985225738,NULL,NULL,NULL,NULL,NULL,'MGLR-fcKZsY76gPM#1','',1,NULL,NULL);
INSERT INTO "wait" VALUES('01a22fd78fcf74618bc41aa6dc99d562','01a22fd78fb2749a95e37411c52c5c2c','ask-cff025','open',1796098985938151,NULL,NULL,'e351e8538fce9af7e86450f497d8842a',NULL,NULL,'OS-kxEFez1Ki00nv@01a22fd78fcd78a0a39fbfa0c6cff025#1','@01a22fd78fcd78a0a39fbfa0c6cff025',1,NULL,NULL);
INSERT INTO "wait" VALUES('01a22fd795b970bbaff4c44056c87167','01a22fd771cd7fd7ab06b76d20961cf1','2','open',1796098987450709,NULL,NULL,'48ba5831553b50e27627cc13b12f33d3',NULL,NULL,'buvFkhy5lYrB78C-#2','',2,NULL,NULL);
INSERT INTO "wait" VALUES('01a22fd7a3527fde80235ea8b71ff08c','01a22fd7a33d70bb973b901ec297c888','1','open',1796098990934142,1796098995930981,NULL,'1ace737b78faed2abeacd4cbad2bf9e3',NULL,NULL,'KQUH8XgVOQafyvpj#1','',1,NULL,NULL);
CREATE UNIQUE INDEX deployment_by_name ON deployment (flow_name, name) WHERE deleted_at IS NULL;
CREATE INDEX deployment_due ON deployment (next_due_at) WHERE next_due_at IS NOT NULL;
CREATE INDEX flow_run_at_top ON flow_run (id) WHERE parent_id IS NULL AND caller_id IS NULL;
CREATE UNIQUE INDEX flow_run_by_caller ON flow_run (caller_id, call) WHERE caller_id IS NOT NULL;
CREATE UNIQUE INDEX flow_run_by_deployment ON flow_run (deployment_id, idempotency_key) WHERE deployment_id IS NOT NULL;
CREATE INDEX flow_run_by_flow ON flow_run (flow_name, id);
CREATE INDEX flow_run_by_host ON flow_run (host_id) WHERE host_id IS NOT NULL;
CREATE INDEX flow_run_by_name ON flow_run (name, id);
CREATE UNIQUE INDEX flow_run_by_parent ON flow_run (parent_id, call) WHERE parent_id IS NOT NULL;
CREATE INDEX flow_run_by_root ON flow_run (root_id) WHERE parent_id IS NOT NULL;
CREATE INDEX flow_run_by_slot ON flow_run (deployment_id) WHERE deployment_id IS NOT NULL AND host_id IS NOT NULL;
CREATE INDEX flow_run_by_state ON flow_run (state_type, id);
CREATE INDEX flow_run_due ON flow_run (state_type, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX flow_run_of_deployment ON flow_run (deployment_id, id) WHERE deployment_id IS NOT NULL;
CREATE INDEX flow_run_punctual ON flow_run (due_at) WHERE state_name = 'Scheduled';
CREATE INDEX event_by_run ON event (flow_run_id, seq) WHERE task_run_id IS NULL;
CREATE INDEX event_of_attempts ON event (flow_run_id, task_run_id) WHERE task_run_id IS NOT NULL AND before IS NOT NULL AND kind = 'state' AND after <> 'Completed' AND after <> 'Cached';
CREATE INDEX listener_by_run ON listener (flow_run_id);
CREATE INDEX listener_inbox ON listener (deadline, id);
CREATE INDEX log_by_run ON log (flow_run_id, seq);
CREATE UNIQUE INDEX message_by_call ON message (call) WHERE call IS NOT NULL;
CREATE INDEX message_by_run ON message (flow_run_id, id);
CREATE UNIQUE INDEX wait_by_identity ON wait (flow_run_id, identity) WHERE status IN ('open', 'decided');
CREATE UNIQUE INDEX wait_by_key ON wait (flow_run_id, "key") WHERE status = 'open';
CREATE INDEX wait_by_run ON wait (flow_run_id);
CREATE INDEX wait_inbox ON wait (deadline, id) WHERE status = 'open';
CREATE INDEX answer_by_wait ON answer (wait_id, id);
CREATE INDEX answer_not_taken ON answer (wait_id) WHERE verdict = 'given';
CREATE UNIQUE INDEX answer_standing ON answer (wait_id) WHERE verdict != 'refused';
CREATE UNIQUE INDEX draft_by_deployment ON draft (deployment_id, author) WHERE deployment_id IS NOT NULL;
CREATE UNIQUE INDEX draft_by_listener ON draft (listener_id, author) WHERE listener_id IS NOT NULL;
CREATE UNIQUE INDEX draft_by_wait ON draft (wait_id, author) WHERE wait_id IS NOT NULL;
COMMIT;
